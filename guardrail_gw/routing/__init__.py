"""Sends a recorded request to the best lawful deployment that answers."""
