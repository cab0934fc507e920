"""What may be called, by whom, and whether it still is what was approved."""
