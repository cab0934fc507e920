"""Key custody: how keys are made, kept and loaded."""
