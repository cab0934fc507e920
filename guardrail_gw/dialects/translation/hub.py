"""What chat dialects have in common: one conversation, asked and answered.

A spoke reads its dialect into these values or writes them in it. What a value cannot hold, the
spoke that reads notes as a loss or refuses; what a dialect has no word for, the one that writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.parameters import Takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is said."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """An image or a document: its bytes, or where it is."""

    kind: str
    """`image`, `file`."""
    media_type: str = ""
    data: str = field(default="", repr=False)
    """Base64."""
    url: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    detail: str = ""
    """How closely an image is looked at: `low`, `high`, `original`; empty leaves it open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The model calls a tool."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a call gave."""

    id: str
    parts: tuple["Text | Media", ...]
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """What the model thought, or an account of it; in an answer, a piece of that."""

    text: str = field(default="", repr=False)
    seal: str = field(default="", repr=False)
    """With which its maker takes it back; in an answer the thought ends with it."""
    maker: str = ""
    """The dialect of whoever sealed it."""
    is_hidden: bool = False
    """There is no text, and the seal is all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheMark:
    """What stands before it is to be kept for the next request."""

    member: str
    """What the client's dialect calls it."""
    is_long: bool = False
    """For longer than minutes: an hour, or what comes nearest."""


Part = Text | Media | Call | Result | Thought | CacheMark


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one side says at a time; results of calls are the user's."""

    is_model: bool
    parts: tuple[Part, ...]


TEXT_ARGUMENT: Final = "input"
"""The one argument of a tool that takes a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the client runs."""

    name: str
    description: str | None = field(repr=False)
    schema: Mapping[str, Any] | None = field(repr=False)
    strict: bool | None = None
    """Whether arguments must keep to the schema; None leaves it to the provider."""
    takes_text: bool = False
    """Its client knows it as a tool that takes a text; here `TEXT_ARGUMENT` holds it."""
    mark: CacheMark | None = None
    """Behind it."""


class Calls(StrEnum):
    """Whether tools are to be called."""

    AUTO = "auto"
    NONE = "none"
    SOME = "some"
    NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which tools the model may call."""

    calls: Calls | None = None
    """None leaves it to the provider."""
    name: str = ""
    parallel: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What the answer's text must be: JSON of this schema."""

    name: str
    schema: Mapping[str, Any] = field(repr=False)
    description: str | None = field(default=None, repr=False)
    strict: bool | None = True
    """Whether it must keep to the schema in full; None: as far as the provider's words go."""
    member: str = ""
    """What its dialect calls the schema, where `strict` is None."""


class Want(StrEnum):
    """What not every dialect has words for; what most of them take is a member of `Ask`.

    Values are those of the OpenAI dialects, unless said otherwise.
    """

    EFFORT = "effort"
    """How long the model thinks: `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`."""
    THOUGHTS = "thoughts"
    """The model's thoughts are told with the answer; some dialects tell them only then."""
    VERBOSITY = "verbosity"
    """`low`, `medium`, `high`."""
    TIER = "tier"
    """How the request is served and priced: `default`, `flex`, `priority`, ..."""
    SEED = "seed"
    FREQUENCY_PENALTY = "frequency_penalty"
    PRESENCE_PENALTY = "presence_penalty"
    LOGPROBS = "logprobs"
    """How many other tokens are told with each, with their probabilities."""
    ANY_JSON = "any_json"
    """The answer's text must be JSON, of no schema."""
    METADATA = "metadata"
    """Pairs of names and values that are kept with the answer."""
    CACHE_KEY = "cache_key"
    """Requests of one key share a cached prompt."""
    CACHE_RETENTION = "cache_retention"
    """`in_memory`, `24h`."""
    DETAIL = "detail"
    """Some image of the request says how closely it is looked at: `Media.detail`."""
    PERSON = "person"
    """A pseudonym of whoever asks, by which providers find abuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One want of a request."""

    member: str
    """What the client's dialect calls it."""
    value: Any = field(repr=False)
    is_needed: bool = False
    """Without it the request asks for something else; the others can be left out, on record."""
    is_for_takers: bool = False
    """It is said only to models that are known to take it: the client knows of no other model."""
    also: str = ""
    """Another member that says a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request."""

    system: tuple[str, ...] = field(repr=False)
    turns: tuple[Turn, ...]
    stream: bool
    system_marks: Mapping[int, CacheMark] = field(default_factory=dict)
    """Behind which texts of `system`, by their index."""
    tools: tuple[Tool, ...] = ()
    choice: Choice = Choice()
    output: Schema | None = None
    most_tokens: int | None = None
    most_thought: int | None = None
    """Most tokens of thoughts, where the client gave a number; `Want.EFFORT` says it in a word."""
    temperature: float | None = None
    """0 to 2."""
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = field(default=(), repr=False)
    user: str | None = field(default=None, repr=False)
    wishes: Mapping[Want, Wish] = field(default_factory=dict)
    """What a dialect does not say of them is noted or refused for it."""
    shows_thoughts: bool = True
    """The client takes what the model thought, where its dialect has words for it."""
    takes: frozenset[Takes] = frozenset()
    """What the model that is asked takes of what not every model does."""

    def without_sampling(self) -> "Ask":
        """The request without what models that think refuse."""
        return replace(self, temperature=None, top_p=None, top_k=None)

    @property
    def needed_choice(self) -> Choice:
        """`choice`, or none where there is nothing to choose from: providers refuse that."""
        idle = not self.tools and self.choice.calls in (None, Calls.AUTO, Calls.NONE)
        return Choice() if idle else self.choice

    def wish(self, want: Want) -> Any:  # noqa: ANN401 - JSON
        """The value of a want; None when nobody has it."""
        wish = self.wishes.get(want)
        return None if wish is None else wish.value


class Why(StrEnum):
    """Why an answer ended."""

    SAID = "said"
    LENGTH = "length"
    CALLS = "calls"
    FILTERED = "filtered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An answer begins."""

    id: str
    model: str


@dataclass(slots=True, kw_only=True)
class Said:
    """A piece of the answer's text; not frozen, as `AnswerEvent` is not."""

    text: str = field(repr=False)
    is_refusal: bool = False
    """It says why the model does not answer; what has no word for that says it as text."""
    logprobs: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    """Its tokens with their probabilities, as the OpenAI dialects write them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """Where a part of the text is from."""

    url: str = field(repr=False)
    title: str = field(repr=False)
    start: int
    """First character of the part within the text, and the one behind its last."""
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call begins; its arguments follow."""

    id: str
    name: str
    takes_text: bool = False
    """The client knows the tool as one that takes a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """A piece of the last call's arguments, as JSON text."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Nothing more is said, but for counts."""

    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Tokens so far."""

    usage: Usage
    thought: int = 0
    """Tokens of the output that were thoughts, where they are counted apart."""


Event = Begun | Said | Thought | Cited | Called | Arguments | Ended | Counted
"""What has no word for a thought or a source leaves it out."""
