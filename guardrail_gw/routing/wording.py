"""A request in the words of whoever is asked: as it came, or said in another dialect."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from guardrail_gw.core.body import quoted
from guardrail_gw.core.deployment import Deployment, Form, Rejection
from guardrail_gw.core.exchange import Envelope, Head, Redacted
from guardrail_gw.core.parameters import AS_THE_DIALECT_SAYS, Takes
from guardrail_gw.core.ports import AnswerReader, Headers, Spoken
from guardrail_gw.core.reason import Reason
from guardrail_gw.dialects import enclosed
from guardrail_gw.dialects.billed import BilledReader
from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.foreign import MARK
from guardrail_gw.dialects.members import Fitted, fitted, required
from guardrail_gw.dialects.reshape import reshaped, within
from guardrail_gw.dialects.translation.hub import Begun
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import TranslatedReader, is_translated, translated
from guardrail_gw.dialects.wrapped import RenamingReader, UnwrappingReader

NO_DIALECT: Final = Reason.DIALECT
UNTRANSLATABLE: Final = Reason.UNTRANSLATABLE
FIXED_MEMBER: Final = Reason.FIXED_MEMBER
PARAMETER: Final = Reason.PARAMETER
NO_OPERATION: Final = Reason.OPERATION

_Key = tuple[str, frozenset[Takes]]
"""Which dialect, and what the model takes there of what not every model does."""
Joins = Callable[[AnswerReader], AnswerReader]
"""Takes a reader of an answer in the client's dialect; gives one that goes on with another."""
_MARK: Final = MARK.encode()
"""Where it is found, thoughts may have to be cut out."""
_INLINE_BYTES: Final = 256 << 10
"""Up to this size a body is translated on the event loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One request for the providers of one dialect."""

    redacted: Redacted = field(repr=False)
    envelope: Envelope = field(repr=False)
    """The client's body, or that with more turns."""
    dialect: Spoken
    """The provider's."""
    head: Head
    members: Mapping[str, Any] = field(repr=False)
    """The body's top-level members."""
    said: Mapping[str, Any] | None = field(default=None, repr=False)
    """The translated body, without its model; None where the request goes as it came."""
    left_out: tuple[str, ...] = ()
    """Members of the client's that the translation does not say."""
    text_tools: frozenset[str] = frozenset()
    """Tools of the client's that take a text, which the translation says otherwise."""
    names_model: bool = True
    """A translated body names the model; else the path alone does."""
    shows_thoughts: bool = True
    """The client takes what the model thought, where the answer is translated."""
    joins: Joins | None = None
    """Has the answer go on with another one."""
    _rests: dict[tuple[tuple[str, str], ...], bytes] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Encoded once for each way of naming its members, or for each model whose body is cut."""
    _ready: dict[str, Fitted] = field(default_factory=dict, repr=False, compare=False)
    """Bodies that were made ahead, by deployment,"""
    _digests: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """and their digests."""
    _obstacles: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)
    """What was found once of a deployment: of many requests it is work."""

    @property
    def operation(self) -> str:
        """What is asked for, in the provider's dialect."""
        return self.dialect.operation(self.head)

    def form(self, deployment: Deployment) -> Form | None:
        """How one deployment takes this request, if it has a way of its own."""
        if not deployment.forms:
            return None
        return deployment.form(self.dialect.name, self.operation)

    def address(self, deployment: Deployment) -> str:
        """Path and query at one deployment."""
        form = self.form(deployment)
        if form is None:
            return self.dialect.address(self.head, deployment.model)
        stream = self.redacted.inbound.question.stream
        return form.address(self.operation, deployment.model, stream=stream)

    def headers(self, deployment: Deployment) -> Headers:
        """Those of the request's that go on as such."""
        form = self.form(deployment)
        if form is None:
            return self.head.headers
        moved = {name for name, _ in form.from_headers}
        return tuple((name, value) for name, value in self.head.headers if name not in moved)

    def moved(self, form: Form) -> dict[str, bytes]:
        """Members that hold what the dialect has in headers -> their values: lists."""
        given = dict(self.head.headers)
        return {
            member: json.dumps(given[header].split(",")).encode()
            for header, member in form.from_headers
            if header in given
        }

    def body(self, deployment: Deployment) -> bytes:
        """The bytes for one deployment."""
        return self.fitted(deployment).body

    def fitted(self, deployment: Deployment) -> Fitted:
        """The bytes for one deployment, as it reads them, and what it is not told."""
        if deployment.id in self._ready:
            return self._ready[deployment.id]
        made = self._fitted(deployment)
        form = self.form(deployment)
        if form is None or not form.reshapes:
            return made
        own = {name: json.dumps(value).encode() for name, value in form.members}
        members = own | self.moved(form)
        body = within(reshaped(made.body, without=form.without, members=members), form.within)
        return Fitted(body=body, left_out=made.left_out)

    def _fitted(self, deployment: Deployment) -> Fitted:
        """The body by the provider's table of parameters; one that is no object has none."""
        envelope = self.envelope
        if not envelope.takes_members:
            return self._enclosing(deployment)
        parameters = deployment.reads(self.dialect.name)
        if parameters is AS_THE_DIALECT_SAYS:
            return Fitted(body=self._whole(deployment), left_out=self.left_out)
        members = self.named(deployment)
        body = self._whole(deployment, required(members, parameters))
        made = fitted(body, members, parameters)
        return Fitted(body=made.body, left_out=tuple(sorted({*self.left_out, *made.left_out})))

    def _enclosing(self, deployment: Deployment) -> Fitted:
        """A body without members of its own; of many requests each is changed by the table."""
        name = _name(deployment.model)
        if not enclosed.has_table(self.envelope, deployment.reads):
            return Fitted(body=self.envelope.addressed(name), left_out=self.left_out)
        made = enclosed.all_fitted(self.envelope, name, deployment.reads)
        return Fitted(body=made.body, left_out=tuple(sorted({*self.left_out, *made.left_out})))

    def named(self, deployment: Deployment) -> Mapping[str, Any]:
        """The members, those of a translated body by the names that the provider has for them."""
        if self.said is None:
            return self.members
        names = dict(deployment.renamed_members)
        return {names.get(name, name): value for name, value in self.said.items()}

    def obstacle(self, deployment: Deployment) -> str | None:
        """What of the body the provider cannot do; nothing of a value is in it."""
        if deployment.id in self._obstacles:
            return self._obstacles[deployment.id]
        parameters = deployment.reads(self.dialect.name)
        if self.envelope.requests:
            found = enclosed.obstacle(self.envelope, deployment.reads)
        elif parameters is AS_THE_DIALECT_SAYS:
            return None
        else:
            found = parameters.obstacle(self.named(deployment))
        self._obstacles[deployment.id] = found
        return found

    def prepare(self, deployment: Deployment, *, is_cut: bool) -> None:
        """Make the bytes for one deployment ahead, where making them is work.

        Args:
            deployment: one that can be asked.
            is_cut: whether thoughts may have to be cut out of the client's own body.
        """
        if self.said is not None:
            self.rest(deployment)
        elif is_cut:
            self._as_it_came(deployment, _own(deployment.fixed_members))
        form = self.form(deployment)
        is_reshaped = form is not None and form.reshapes
        is_read = deployment.reads(self.dialect.name) is not AS_THE_DIALECT_SAYS
        if is_reshaped or is_read or enclosed.has_table(self.envelope, deployment.reads):
            self.keep(deployment)

    def keep(self, deployment: Deployment) -> None:
        """Make the bytes for one deployment, and their digest, for when they are asked for."""
        self._ready[deployment.id] = made = self.fitted(deployment)
        self._digests[deployment.id] = sha256(made.body).hexdigest()

    def digest(self, deployment: Deployment) -> str | None:
        """Hex SHA-256 of the bytes for one deployment, if it was made ahead."""
        return self._digests.get(deployment.id)

    def rest(self, deployment: Deployment) -> bytes:
        """A translated body but for its model, by the names that the provider reads."""
        renamed = deployment.renamed_members
        if renamed not in self._rests:
            self._rests[renamed] = encoded(dict(self.named(deployment)))
        return self._rests[renamed]

    def _whole(self, deployment: Deployment, more: bytes = b"") -> bytes:
        own = _own(deployment.fixed_members) + more
        if self.said is None:
            return self._as_it_came(deployment, own)
        model = b'"model":%b,' % _name(deployment.model) if self.names_model else b""
        own = own.removeprefix(b",") + (b"," if own else b"")
        return b"{%b%b%b" % (model, own, self.rest(deployment).removeprefix(b"{"))

    def _as_it_came(self, deployment: Deployment, added: bytes) -> bytes:
        """The client's own body, but for thoughts that others sealed; cut once, if at all."""
        key = ((deployment.model, added.decode()),)
        if key in self._rests:
            return self._rests[key]
        body = self.envelope.addressed(_name(deployment.model), added)
        own = self.dialect.own(body)
        if own is not body:
            self._rests[key] = own
        return own

    def reader(
        self,
        deployment: Deployment,
        now_s: int,
        named: Callable[[], Begun],
        billed: Callable[[Decimal], None],
    ) -> AnswerReader:
        """A fresh reader, which gives the answer in the client's dialect.

        Args:
            deployment: whose answer it is.
            now_s: when the answer began, in seconds since the epoch.
            named: says what it is called if its provider does so in no body.
            billed: hears what its provider asks for it, in US dollars, where that says so.
        """
        question = self.redacted.inbound.question
        reader = self.dialect.reader(stream=question.stream, head=self.head)
        form = self.form(deployment)
        if question.stream and form is not None and form.is_wrapped:
            reader = UnwrappingReader(reader)
        if form is not None and form.answers_as:
            reader = RenamingReader(inner=reader, names=dict(form.answers_as))
        if deployment.bill is not None:
            reader = BilledReader(reader, deployment.bill, billed)
        if self.said is not None:
            reader = TranslatedReader(
                inner=reader,
                provider=self.dialect.name,
                client=question.dialect,
                stream=question.stream,
                created_s=now_s,
                text_tools=self.text_tools,
                shows_thoughts=self.shows_thoughts,
                named=named(),
            )
        return reader if self.joins is None else self.joins(reader)


class Wordings:
    """One request in every dialect that somebody is asked in; each is made once."""

    def __init__(
        self,
        redacted: Redacted,
        dialects: Mapping[str, Spoken],
        envelope: Envelope | None = None,
        joins: Joins | None = None,
    ) -> None:
        """Say a request.

        Args:
            redacted: the request.
            dialects: of providers.
            envelope: its body; left out: the client's.
            joins: has its answer go on with another one.
        """
        self._envelope = envelope = redacted.envelope if envelope is None else envelope
        self._joins = joins
        question = redacted.inbound.question
        own = dialects[question.dialect]
        self._redacted = redacted
        self._dialects = dialects
        self._dialect = question.dialect
        self._as_it_is = Wording(
            redacted=redacted,
            envelope=envelope,
            joins=joins,
            dialect=own,
            head=question.head,
            members=own.members(question),
            left_out=question.head.left_out,
        )
        self._made: dict[_Key, Wording | Untranslatable | None] = {}
        """In other dialects."""
        self._judged: dict[str, Rejection | None] = {}
        """Deployment -> why it cannot be asked; the request, and so the answer, stays the same."""
        size = len(envelope.before) + len(envelope.after) + sum(map(len, envelope.between))
        self._is_large = size > _INLINE_BYTES

    def of(self, deployment: Deployment) -> Wording:
        """The request for a deployment about which `rejection` had nothing to say."""
        made = self._in(deployment)
        if not isinstance(made, Wording):
            raise TypeError("the deployment was rejected")
        return made

    def rejection(self, deployment: Deployment) -> Rejection | None:
        """Why a deployment cannot be asked, if it cannot; worked out once."""
        if deployment.id not in self._judged:
            self._judged[deployment.id] = self._rejection(deployment)
        return self._judged[deployment.id]

    def _rejection(self, deployment: Deployment) -> Rejection | None:
        made = self._in(deployment)
        if made is None:
            return _rejected(deployment, NO_DIALECT, "it speaks another dialect")
        if isinstance(made, Untranslatable):
            detail = f"{deployment.dialect} has no words for {made.member}"
            return _rejected(deployment, UNTRANSLATABLE, detail)
        if (obstacle := made.obstacle(deployment)) is not None:
            detail = f"{deployment.provider} does not take {obstacle}"
            return _rejected(deployment, PARAMETER, detail)
        form = made.form(deployment)
        if form is not None and not form.has(made.operation):
            return _rejected(deployment, NO_OPERATION, "it does not have this operation")
        if _contradicts(made, deployment, form):
            detail = "the request says itself what is fixed for this deployment"
            return _rejected(deployment, FIXED_MEMBER, detail)
        return None

    def ahead(self, deployment: Deployment) -> None:
        """Make the bytes for one deployment before it is asked, where that is little work."""
        if not self._is_large and self.rejection(deployment) is None:
            self.of(deployment).keep(deployment)

    async def prepare(self, deployments: Iterable[Deployment]) -> None:
        """Translate, cut or change a large request away from the loop, before anybody is asked."""
        if not self._is_large:
            return
        envelope = self._envelope
        is_cut = _MARK in envelope.before or _MARK in envelope.after
        for deployment in deployments:
            await asyncio.to_thread(self._prepared, deployment, is_cut=is_cut)

    def _prepared(self, deployment: Deployment, *, is_cut: bool) -> None:
        made = self._in(deployment)
        if isinstance(made, Wording) and made.obstacle(deployment) is None:
            made.prepare(deployment, is_cut=is_cut)

    def _in(self, deployment: Deployment) -> Wording | Untranslatable | None:
        """In the client's dialect, if the deployment speaks it; else its first, as its model does.

        It is translated once for all models that take the same.
        """
        if deployment.speaks(self._dialect):
            return self._as_it_is
        dialect = deployment.dialect
        key = (dialect, deployment.takes(dialect))
        if key not in self._made:
            self._made[key] = self._translated(*key)
        return self._made[key]

    def _translated(self, dialect: str, takes: frozenset[Takes]) -> Wording | Untranslatable | None:
        question = self._redacted.inbound.question
        if not is_translated(question.dialect, dialect, question.head):
            return None
        body = json.loads(self._envelope.addressed(b'""'))
        try:
            made = translated(body, question.dialect, dialect, question.head, takes)
        except Untranslatable as refused:
            return refused
        return Wording(
            redacted=self._redacted,
            envelope=self._envelope,
            joins=self._joins,
            dialect=self._dialects[dialect],
            head=made.head,
            members=made.body,
            said=made.body,
            left_out=made.left_out,
            text_tools=made.text_tools,
            names_model=made.names_model,
            shows_thoughts=made.shows_thoughts,
        )


_name = lru_cache(maxsize=1024)(quoted)
"""A model's name as a JSON string."""


@lru_cache(maxsize=1024)
def _own(members: tuple[tuple[str, str], ...]) -> bytes:
    """The members that every body to a deployment has, each behind a comma."""
    return b"".join(b",%b:%b" % (quoted(name), quoted(value)) for name, value in members)


def _contradicts(wording: Wording, deployment: Deployment, form: Form | None) -> bool:
    """Whether the body has a member already that the deployment fixes: one would win."""
    if form is None and not deployment.fixed_members:
        return False
    fixed = [name for name, _ in deployment.fixed_members]
    if form is not None:
        fixed += [name for name, _ in form.members]
        fixed += wording.moved(form)
    if not fixed:
        return False
    if not wording.redacted.envelope.takes_members:  # it has no body that could say so
        return True
    folded = {name.casefold() for name in wording.members}  # some servers read names without case
    return any(name.casefold() in folded for name in fixed)


def _rejected(deployment: Deployment, reason: Reason, detail: str) -> Rejection:
    return Rejection(deployment=deployment.id, reason=reason, detail=detail)
