import json
from itertools import pairwise
from typing import Any

from hypothesis import given, strategies as st

from guardrail_gw.dialects.openai_completions.slots import slots
from tests.support.chat import encoded, read_by, stream
from tests.support.completions import COMPLETIONS, answered, chunk, prompt, redacted

NAME = "Anna Schmidt"


def found(data: Any, *, streamed: bool = True) -> list[tuple[Any, Any]]:
    """Text and channel of each slot."""
    made = slots(data, streamed=streamed, json_answer=False)
    return [(s.holder[s.key], s.channel) for s in made]


def test_every_text_of_a_choice_has_its_channel() -> None:
    """Choices and fields do not share a channel, and a field nobody knows has one."""
    data = chunk("a", index=2, nobody_knows="b")

    assert found(data) == [("a", (2, "text")), ("b", (2, "nobody_knows"))]


def test_a_whole_answer_is_covered_everywhere() -> None:
    """Strings nobody thought of are slots; ids and enums are not."""
    data = {**chunk("a", "stop", more={"k": ["b"]}), "note": "c"}

    assert found(data, streamed=False) == [("a", None), ("b", None), ("c", None)]


@given(edges=st.lists(st.integers(0, 60), max_size=6), cuts=st.lists(st.integers(0, 900)))
async def test_a_name_is_restored_for_every_cut(edges: list[int], cuts: list[int]) -> None:
    """However text and bytes are divided, the client reads the name, in two choices at once."""
    request = await redacted(COMPLETIONS, prompt(f"to {NAME}", stream=True), {NAME: "PERSON"})
    (token,) = request.originals
    said = f"Dear {token}, hello"
    at = [0, *sorted({min(e, len(said)) for e in edges}), len(said)]
    pieces = [said[a:b] for a, b in pairwise(at)]
    raw = stream([*(chunk(p, index=i) for p in pieces for i in (0, 1)), *_ends(2)])

    got, journal = await answered(COMPLETIONS, request, raw, cuts, streamed=True)

    events = [e.data for e in read_by(COMPLETIONS.reader(stream=True), got) if e.data]
    for index in (0, 1):
        choices = [c for e in events for c in e["choices"] if c["index"] == index]
        assert "".join(c["text"] for c in choices) == f"Dear {NAME}, hello"
    assert journal.restored == 2


async def test_what_is_held_back_comes_before_the_end() -> None:
    """A stream that ends without finishing its choice gives the rest in a chunk of its own."""
    request = await redacted(COMPLETIONS, prompt(NAME, stream=True), {NAME: "PERSON"})
    (token,) = request.originals
    raw = stream([chunk("to "), chunk(token), chunk(f" or {token[:-1]}")])

    got, _ = await answered(COMPLETIONS, request, raw, streamed=True)

    events = [e.data for e in read_by(COMPLETIONS.reader(stream=True), got) if e.data]
    assert "".join(e["choices"][0]["text"] for e in events) == f"to {NAME} or {token[:-1]}"
    assert {e["id"] for e in events} == {"cmpl-1"}


async def test_an_echoed_prompt_is_restored_and_its_tokens_are_left_out() -> None:
    """The texts of tokens are cut as the model cuts them, so none of them is shown."""
    request = await redacted(COMPLETIONS, prompt(NAME, echo=True, logprobs=1), {NAME: "PERSON"})
    (token,) = request.originals
    data = chunk(f"{token} goes on", "stop", logprobs={"tokens": [token[:4], token[4:]]})

    got, _ = await answered(COMPLETIONS, request, encoded(data))

    choice = json.loads(got)["choices"][0]
    assert choice["text"] == f"{NAME} goes on"
    assert choice["logprobs"] is None


def _ends(number: int) -> list[dict[str, Any]]:
    return [chunk("", "stop", index=index) for index in range(number)]
