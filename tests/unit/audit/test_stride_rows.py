"""Content under rows is read at once as it is read one by one, but for what begins a chain."""

from collections.abc import Iterator
from random import Random  # noqa: TID251 - with a seed
from zlib import crc32

import pytest

from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.record import canonical, parse, parse_json
from guardrail_gw.audit.report import LogFiles, Report
from guardrail_gw.audit.segments import segment_name
from guardrail_gw.audit.stride import Stride
from guardrail_gw.audit.verify import Verdict, verify
from guardrail_gw.keys.audit_keys import load_public
from tests.support.audit_world import files
from tests.support.kept_content import Kept, kept_content, obeyed

SEGMENT = segment_name(0)
SILENCE_US = 120_000_000


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A log of two people's content, in turns."""
    made = kept_content(tmp_path_factory.mktemp("kept"))
    made.start()
    for number in range(6):
        made.say("erika", f"erika {number}", obeyed())
        made.say("max", f"max {number}", obeyed(subject=number % 2 == 0))
    made.stop()
    yield made
    made.close()


def _both(
    found: dict[str, bytes], kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> tuple[Report, Report]:
    log = LogFiles(names=tuple(sorted(found)), read=found.__getitem__)
    public = load_public(kept.folders.public)
    quick = verify(log, public)
    with monkeypatch.context() as slowed:
        slowed.setattr(Stride, "take", lambda *_: 0)
        return quick, verify(log, public)


def test_only_what_begins_a_chain_is_left(kept: Kept) -> None:
    """Of all intents and outcomes a stride leaves those with a key in their wrap section."""
    data = files(kept.log)[SEGMENT]
    stored = list(frames(data))
    header = parse(stored[0].leaf)
    stride = Stride(header, {}, SILENCE_US)
    at, size, left = stored[0].end, 1, []
    while size < len(stored) - 1:
        taken = stride.take(data, len(stored) - 1, (at, size, header["ts"]))
        at, size = stride.end, size + taken
        if size < len(stored) - 1:
            left.append(parse(stored[size].leaf))
            chain = left[-1].get("sid", "")
            stride.contents[chain] += 1
            stride.intents[size] = (0, 0)
            at, size = stored[size].end, size + 1

    assert [("xw" in leaf, leaf["ci"]) for leaf in left] == [(True, 0)] * 3
    assert len({leaf["sid"] for leaf in left}) == 3


def test_an_untouched_log(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways say the same, and that is that nothing is wrong."""
    quick, slow = _both(files(kept.log), kept, monkeypatch)

    assert quick == slow
    assert quick.verdict is Verdict.OK


def test_altered_bytes(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever bit is flipped, with the checksum mended or not, both say the same of it."""
    found, chance = files(kept.log), Random(7)  # noqa: S311 - with a seed
    stored = list(frames(found[SEGMENT]))
    for frame in chance.choices(stored, k=40):
        altered = bytearray(found[SEGMENT])
        altered[chance.randrange(frame.at, frame.end)] ^= 1 << chance.randrange(8)
        if chance.random() < 0.7:
            crc = crc32(bytes(altered[frame.at + 8 : frame.end]))
            altered[frame.at + 4 : frame.at + 8] = crc.to_bytes(4, "big")

        quick, slow = _both(found | {SEGMENT: bytes(altered)}, kept, monkeypatch)

        assert quick == slow
        assert quick.verdict is not Verdict.OK


@pytest.mark.parametrize(
    "change", [{"sid": None}, {"ci": 0}, {"ci": 7}, {"sid": "0a" * 16}, {"kc": "0b" * 32}]
)
def test_other_chains(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    """A content that is not the next of its row's chain is found at once, either way."""
    found = files(kept.log)
    stored = list(frames(found[SEGMENT]))
    frame = next(f for f in stored if (seen := parse(f.leaf)).get("ci") and "sid" in seen)
    said = {k: v for k, v in (parse_json(frame.leaf) | change).items() if v is not None}
    leaf = canonical(said)
    sizes = (len(leaf), len(frame.meta), len(frame.content), 0)
    body = b"".join(size.to_bytes(4, "big") for size in sizes) + leaf + frame.meta + frame.content
    new = len(body).to_bytes(4, "big") + crc32(body).to_bytes(4, "big") + body
    data = found[SEGMENT][: frame.at] + new + found[SEGMENT][frame.end :]

    quick, slow = _both(found | {SEGMENT: data}, kept, monkeypatch)

    assert quick == slow
    assert quick.verdict is Verdict.TAMPERED
    assert quick.findings[0].index == parse(frame.leaf)["seq"]
