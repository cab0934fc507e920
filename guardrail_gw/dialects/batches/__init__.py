"""Batches: many requests that a provider answers later, and what is asked of it about them."""
