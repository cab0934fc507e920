"""Price catalogues that others keep and give away, read as facts about models."""
