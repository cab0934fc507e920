"""A stand-in for a provider: a real HTTP server that behaves as it is told."""
