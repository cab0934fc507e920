"""Files that a provider keeps: what is uploaded is read like any request, and so is what comes."""
