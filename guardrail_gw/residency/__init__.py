"""Residency: which deployments may lawfully see a request."""
