"""Whether a gateway that is configured so can serve here: looked at without serving."""
