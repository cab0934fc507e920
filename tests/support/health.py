"""Where probes look, for what is tried without a whole gateway."""


async def no_metrics() -> bytes:
    """Nothing is measured."""
    return b""
