"""What outlives a request: small values with a time, and what conversations need of them."""
