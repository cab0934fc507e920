"""The collector: logs of many gateways, verified before they are acknowledged, in PostgreSQL."""
