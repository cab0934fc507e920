"""Why a workload gets no sidecar."""

from guardrail_gw.errors import ConfigError


class InjectError(ConfigError):
    """A workload, or what was asked for it, would undo what the sidecar is for.

    Args:
        code: stable, listed in docs/kubernetes.md; the Helm chart fails with the same.
        message: what is wrong where, and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
