"""Requests and answers of one dialect in the words of another: a hub, and a spoke for each."""
