"""Several workers of one gateway: one process that starts, replaces and asks them."""
