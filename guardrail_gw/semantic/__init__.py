"""Route classes: requests sorted by what they mean, on this machine, in a process of its own."""
