"""Identifiers of persons that states and their authorities issue, one per file."""
