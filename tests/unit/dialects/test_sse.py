import pytest

from guardrail_gw.dialects.sse import MAX_EVENT_BYTES, Frame, SseDecoder
from guardrail_gw.errors import UpstreamBroken


def decode(*chunks: bytes) -> list[Frame]:
    """Decode chunks to their end."""
    decoder = SseDecoder()
    frames = [f for c in chunks for f in decoder.feed(c)]
    return frames + decoder.end()


@pytest.mark.parametrize(
    ("raw", "frames"),
    [
        (b"data: a\n\n", [Frame("", "a")]),
        (b"data:a\r\n\r\n", [Frame("", "a")]),
        (b"data: a\r\rdata: b\r\r", [Frame("", "a"), Frame("", "b")]),
        (b"data: a\ndata: b\n\n", [Frame("", "a\nb")]),
        (b"data: a\r\ndata: b\r\n\r\n", [Frame("", "a\nb")]),
        (b"data: a\nevent: error\n\n", [Frame("error", "a")]),
        (b"event: error\n\n", [Frame("error", "")]),
        (b"event: ping\n\ndata: a\n\n", [Frame("", "a")]),
        (b": comment\n\ndata: a\n: more\n\n", [Frame("", "a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Frame("", "a")]),
        (b"data:  two\n\n", [Frame("", " two")]),
        (b"data\n\n", [Frame("", "")]),
        (b"id: 1\nretry: 5\nunknown: x\ndata: a\n\n", [Frame("", "a")]),
        (b"data: a", [Frame("", "a")]),
        ("data: a\x85b\u2028c\x0bd\n\n".encode(), [Frame("", "a\x85b\u2028c\x0bd")]),
        (b"", []),
    ],
)
def test_frames_are_read_however_they_are_cut(raw: bytes, frames: list[Frame]) -> None:
    """Every line ending, order of fields and cut of the bytes gives the same events."""
    assert decode(raw) == frames
    assert decode(*(raw[i : i + 1] for i in range(len(raw)))) == frames
    for cut in range(len(raw)):
        assert decode(raw[:cut], raw[cut:]) == frames


@pytest.mark.parametrize(
    "chunk", [b"data: " + b"x" * MAX_EVENT_BYTES, b"data: x\n" * (MAX_EVENT_BYTES // 6)]
)
def test_an_event_has_a_bound(chunk: bytes) -> None:
    """An event that never ends is refused instead of kept."""
    with pytest.raises(UpstreamBroken):
        decode(chunk)


def test_bytes_that_are_not_utf8_are_refused() -> None:
    """A broken character is never replaced by something else."""
    with pytest.raises(UpstreamBroken) as fault:
        decode(b"data: \xff\n\n")

    assert fault.value.__cause__ is None


def test_the_bound_is_the_reader_s_choice() -> None:
    """An answer whose events repeat much may have longer ones, and the fault names the bound."""
    event = b"data: " + b"x" * MAX_EVENT_BYTES + b"\n\n"
    decoder = SseDecoder(max_event_bytes=2 * MAX_EVENT_BYTES)

    assert len(decoder.feed(event)) == 1
    with pytest.raises(UpstreamBroken, match="2 MiB"):
        decoder.feed(event[:-2] * 2)


@pytest.mark.parametrize(
    "alone",
    [
        *(b"data: x\n\n", b"data: x\r\n\r\n", b"data:  \xc3\xa9 \n\n", b"data: x\r\n\n"),
        *(b"event: e\ndata: x\n\n", b"event:  e\r\ndata: x\r\n\r\n", b"event: e\n\ndata: x\n\n"),
        *(b"data: x\n\n: c\ndata: y\n\nevent: e\n", b"data: x\n\ndata: y\ndata: z\n\ndata: w"),
        *(b"data: x\n\ndata:y\n\nevent: e\ndata: z\n\n", b"data: x\n\n\ndata: y\r\n\r\n\n"),
    ],
)
@pytest.mark.parametrize(
    "before", [b"data: a\n\n", b"data: a\n", b"event: e\n", b"data: a\r", b"da"]
)
def test_an_event_by_itself_is_read_like_any_other(alone: bytes, before: bytes) -> None:
    """Whatever came before them, events that come as one chunk are read as if cut anywhere."""
    whole, pieces = SseDecoder(), SseDecoder()
    stream = b"data: first\n\n" + before

    at_once = [*whole.feed(stream), *whole.feed(alone), *whole.feed(alone)]

    cut = [frame for byte in stream + alone * 2 for frame in pieces.feed(bytes([byte]))]
    assert at_once == cut


def test_an_event_by_itself_is_bounded() -> None:
    """One that comes as one chunk is no larger than any other."""
    decoder = SseDecoder(max_event_bytes=20)
    decoder.feed(b"data: x\n\n")

    with pytest.raises(UpstreamBroken):
        decoder.feed(b"data: " + b"x" * 20 + b"\n\n")


def test_where_a_stream_can_be_taken_up_is_known() -> None:
    """The last id and the wait that the server asked for, however the bytes are cut."""
    decoder = SseDecoder()

    frames = [
        frame
        for byte in b"id: 7\ndata: \nretry: 250\n\nid: 8\ndata: x\n\nretry: soon\n\n"
        for frame in decoder.feed(bytes([byte]))
    ]

    assert [frame.data for frame in frames] == ["", "x"]
    assert (decoder.last_id, decoder.retry_ms) == ("8", 250)
