"""What providers keep for later requests, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from guardrail_gw.core.text import Entity


class Kept(StrEnum):
    """What a provider keeps under a name that it gives, for later requests to go on from."""

    RESPONSE = "response"
    CONVERSATION = "conversation"
    FILE = "file"
    BATCH = "batch"
    """Many requests that are answered later; what they are stands in a file, or came with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What a request goes on from, or asks for: something that a provider keeps."""

    kind: Kept
    id: str = field(repr=False)
    """The provider's name for it, as the client says it."""
    place: str
    """Where the client says so: `/previous_response_id`."""
    adds: bool = False
    """The request's own text becomes part of it."""
    ends: bool = False
    """The request has it deleted."""
    removes: bool = False
    """The request has it, or a part of it, deleted, and says nothing else: nobody's data leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What stands for one value of a conversation."""

    entity: Entity
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is known of a conversation that a provider keeps."""

    place: str
    """Where the client named it."""
    holder: str
    """Who keeps it: `Deployment.holder`."""
    model: str = field(repr=False)
    """The virtual model that was asked when it began."""
    issued: Mapping[str, Issue] = field(repr=False)
    """Placeholder or surrogate -> what it stands for."""
    entities: frozenset[Entity]
    """What was found in it so far."""
    unscanned: bool
    """There is content in it that nothing looked into."""
    is_batch: bool = False
    """A file that was read, line by line, as the requests of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something that a provider keeps and a request names: nobody here knows whose it is."""

    what: str
    """`prompt`, `vector store`, `data store`, `data source`, `file`."""
    id: str = field(repr=False)
    place: str
