"""Many servers as one: names and URIs that lead back, and lists that are joined."""
