import json

import pytest

from guardrail_gw.core.exchange import BARE, EventKind
from guardrail_gw.dialects.cohere_chat.dialect import CohereChat
from guardrail_gw.errors import NoLawfulUpstream, Overloaded, UpstreamBroken
from tests.support.cohere import V1, V2, body, message, read

BOTH = pytest.mark.parametrize("dialect", [V2, V1], ids=["v2", "v1"])


@BOTH
def test_a_refusal_is_a_cohere_error(dialect: CohereChat) -> None:
    """Its message and our code, and the request's id where it has one."""
    refusal = NoLawfulUpstream("no deployment is lawful")

    named = json.loads(dialect.error_body(refusal, "req-1"))
    bare = json.loads(dialect.error_body(refusal, ""))

    assert named == {"id": "req-1", **bare}
    assert bare == {"message": refusal.detail, "code": "residency.no_lawful_upstream"}
    assert dialect.status(refusal) == 451
    assert dialect.status(Overloaded("x")) == 503


@BOTH
def test_an_error_in_a_stream_never_looks_complete(dialect: CohereChat) -> None:
    """It says what it is in the words of the dialect, and its own reader takes it for one."""
    raw = dialect.error_event(UpstreamBroken("it broke"), "req-1")

    (event,) = read(dialect, raw)

    assert event.kind is EventKind.ERROR
    assert event.data is not None
    assert event.data["code"] == "upstream.malformed"
    assert "it broke" in raw.decode()
    assert b"[DONE]" not in raw


@BOTH
def test_the_paths_have_the_version_of_the_form(dialect: CohereChat) -> None:
    """A body of one is nothing to the other; what is appended is the same."""
    version = "v1" if dialect is V1 else "v2"

    assert dialect.served[:2] == (f"/{version}/chat", f"/cohere/{version}/chat")
    assert dialect.head(f"/cohere/{version}/chat?x=anna", {"x-client-name": "anna"}) == BARE
    assert dialect.address(BARE, "m") == "/chat"


@pytest.mark.parametrize(("dialect", "raw"), [(V2, body("hi")), (V1, message("hi"))])
def test_a_body_is_sent_as_it_came(dialect: CohereChat, raw: bytes) -> None:
    """But for the model's name, which each deployment has its own of."""
    envelope = dialect.rewrite(dialect.parse(raw), {})

    assert envelope.addressed(b'"command"') == raw
    assert b'"other"' in envelope.addressed(b'"other"')
