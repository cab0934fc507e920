"""The front door: HTTP, keys, limits; everything else is the chain's."""
