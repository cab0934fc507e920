"""Looking at the machine, for whoever judges; nothing here decides."""
