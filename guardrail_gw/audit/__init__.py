"""The audit log: durable before anything leaves, and not readable by the gateway."""
