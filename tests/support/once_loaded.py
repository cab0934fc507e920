"""Settings of gateways that tests start, with the shipped catalog read once in a process."""

import functools

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.settings import Settings


@functools.cache
def shipped_catalog() -> Catalog:
    """What is shipped, each file read when it is first asked for; nothing in it changes."""
    return Catalog.load()


class KnownSettings(Settings):
    """A gateway.yaml whose catalog, unless it adds folders of its own, is the shared one."""

    def catalog(self) -> Catalog:
        """What exists; as any gateway knows it, but read by one before."""
        return super().catalog() if self.gateway.catalog else shipped_catalog()
