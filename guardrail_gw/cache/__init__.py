"""Whole answers that are given again to whoever asks exactly the same again."""
