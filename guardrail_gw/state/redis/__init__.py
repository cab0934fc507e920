"""State and counters in Redis or Valkey, for many gateways; needs the extra `redis`."""
