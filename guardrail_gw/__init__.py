"""guardrail-gw: a policy-driven governance gateway for LLM and MCP traffic."""

__version__ = "0.1.0"
