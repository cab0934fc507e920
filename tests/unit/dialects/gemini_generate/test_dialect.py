import re

from guardrail_gw.core.exchange import BARE
from guardrail_gw.core.ports import Dialect
from tests.support.gemini import GEMINI, STREAM, answer, body, candidate


def test_where_it_is_spoken() -> None:
    """The name of configuration and records, and the paths on both sides."""
    dialect: Dialect = GEMINI
    (pattern,) = GEMINI.patterns

    assert dialect.name == "gemini_generate"
    assert dialect.address(STREAM, "m") == "/models/m:streamGenerateContent?alt=sse"
    assert dialect.address(BARE, "m") == "/models/m:generateContent"
    assert GEMINI.served == ()
    assert re.fullmatch(pattern, "v1/models/m:countTokens")
    assert not re.fullmatch(pattern, "v1/models/m:predict")
    assert GEMINI.weight(GEMINI.parse(body("hi"))) == len(body("hi"))
    assert set(GEMINI.members(GEMINI.parse(body("hi", tools=[])))) == {"contents", "tools"}


def test_the_server_may_ask_before_anything_is_known() -> None:
    """Key and framing are read from the target alone."""
    assert GEMINI.query_key("/v1/models/m:generateContent?key=k") == "k"
    assert GEMINI.is_array("/v1/models/m:streamGenerateContent")
    assert GEMINI.id_headers == ()


def test_nothing_is_hidden() -> None:
    """Counts always come, and a stream has no mark behind its last part."""
    part = answer(candidate("x"))

    assert not GEMINI.hide_usage(GEMINI.parse(body("hi"), STREAM), part)
    assert part == answer(candidate("x"))
    assert GEMINI.done() == b""


def test_what_ends_is_named() -> None:
    """The texts of another kind than the last one's, and all of a candidate that is over."""
    assert GEMINI.finished(answer(candidate("x"))) == {1, 2}
    assert GEMINI.finished(answer(candidate("x", index=2))) == {7, 8}
    assert GEMINI.finished(answer(candidate("x", finish="STOP"))) == {0, 1, 2}
    assert GEMINI.finished(answer(candidate({"functionCall": {}}))) == {0, 1, 2}
    assert GEMINI.finished(answer(candidate())) == frozenset()
    assert GEMINI.finished({"usageMetadata": {}}) == frozenset()
