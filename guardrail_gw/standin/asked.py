"""What a stand-in looks at in a request."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What matters of a request."""

    model: str
    stream: bool
    include_usage: bool
    choices: int
    logprobs: bool
    tier: str | None = None
    """`service_tier`, which the answer repeats."""
    tools: tuple[str, ...]
    text_tools: frozenset[str] = frozenset()
    """Those of the tools that take text instead of JSON."""
    text: str = field(repr=False)
    """The last user message's text."""
    returned: str | None = field(default=None, repr=False)
    """What tools gave back, if that is the last thing said."""
    turns: tuple[tuple[bool, str], ...] = field(default=(), repr=False)
    """Who said what, first thing first: whether it was the model, and its text."""
    body: str = field(repr=False)
