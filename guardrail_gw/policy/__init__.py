"""Policies: the document people write, compiled into what the rooms obey."""
