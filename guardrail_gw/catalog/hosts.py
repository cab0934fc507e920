"""Whether a configured address is where the declared region is.

A place follows from the host that is called, never from a label.
"""

import re

from guardrail_gw.catalog.facts import ProviderFact, RegionFact
from guardrail_gw.catalog.files import Files
from guardrail_gw.errors import ConfigError

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?P<port>:[0-9]{1,5})?(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)
"""Nothing else: no user name, query or fragment, no capital letter, no trailing dot."""


def address(url: str) -> re.Match[str]:
    """The parts of a base URL.

    Raises:
        ConfigError: it is not plain; it is never quoted.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise ConfigError(
            "must be https://host/path in lower case, without user name, query or fragment"
        )
    return match


def in_region(url: re.Match[str], name: str, region: RegionFact) -> None:
    """Raise ConfigError unless the address belongs to the region."""
    if url["scheme"] != "https" or url["port"]:
        raise ConfigError("a provider is reached by https on its usual port")
    if not re.fullmatch(region.host, url["host"]):
        known = region.base_url or region.example
        raise ConfigError(
            f"host {url['host']} does not belong to region {name!r}; there it looks like {known}"
        )
    if region.path is not None and not re.fullmatch(region.path, url["path"]):
        raise ConfigError(
            f"the path does not belong to region {name!r}; it looks like {region.example}"
        )


def nobodys(url: re.Match[str], files: Files) -> None:
    """Raise ConfigError if the host is a known provider's: it cannot be one's own machine."""
    if name := files.owner(url["host"]):
        raise ConfigError(f"{url['host']} belongs to {name}; say `provider: {name}`")


def not_moved(url: re.Match[str], provider: str, files: Files) -> None:
    """Raise ConfigError if an operator's own region has a host whose place the catalog knows."""
    for name, fact in files.shipped_only().items():
        for region_name, region in fact.regions.items():
            if not re.fullmatch(region.host, url["host"]):
                continue
            if name != provider or not _silent(fact, region):
                raise ConfigError(
                    f"host {url['host']} is {name}'s in region {region_name!r}; it stays there"
                )


def _silent(provider: ProviderFact, region: RegionFact) -> bool:
    """Whether hosts are the customers' own and alike in several regions: they tell no place."""
    alike = sum(other.host == region.host for other in provider.regions.values())
    return region.base_url is None and alike > 1
