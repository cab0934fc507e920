"""What is handed to auditors with a log: no module of the gateway."""
