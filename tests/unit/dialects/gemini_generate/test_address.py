import pytest

from guardrail_gw.core.exchange import BARE, Head
from guardrail_gw.dialects.gemini_generate import address
from guardrail_gw.errors import QueryRefused, UnknownModel

AT = "/v1beta/models/gemini"


@pytest.mark.parametrize("version", ["", "/v1", "/v1beta", "/v1beta1"])
@pytest.mark.parametrize("operation", address.OPERATIONS)
@pytest.mark.parametrize(
    ("resource", "model"),
    [
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("models/org%2Fgemini", "org/gemini"),
        ("models/org/gemini", "org/gemini"),
        ("models/llama3:8b", "llama3:8b"),
        ("models/gemini%20echo%3Fchars=3", "gemini echo?chars=3"),
        ("models/%C5%BBubr", "Żubr"),
        ("tunedModels/mine-1", "tunedModels/mine-1"),
        ("publishers/google/models/gemini", "gemini"),
        ("projects/p/locations/eu/publishers/google/models/gemini", "gemini"),
    ],
)
def test_operation_and_model_stand_in_the_path(
    version: str, operation: str, resource: str, model: str
) -> None:
    """Under every version, percent-encoded or not, the model is the virtual one."""
    head = address.read(f"{version}/{resource}:{operation}")

    assert head == Head(path=f":{operation}", model=model)
    assert address.operation_of(head) == operation


@pytest.mark.parametrize(
    "target",
    [
        *(f"{AT}:predict", f"{AT}:", AT, "/v1beta/models/:generateContent", f"/v3{AT}"),
        *("/v1beta/files/x:generateContent", "http://h/v1/models/m:generateContent"),
        *("/v1/models/%ff:generateContent", "/v1/models/m%C5:generateContent", ""),
        "/v1/projects/p/models/m:generateContent",
    ],
)
def test_another_path_is_no_model(target: str) -> None:
    """What is no operation of a model is refused, and not repeated."""
    with pytest.raises(UnknownModel) as refused:
        address.read(target)

    assert "m%" not in refused.value.detail
    assert not address.is_array(target)


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("", ""),
        ("?alt=sse", "?alt=sse"),
        ("?key=k&alt=sse&quotaUser=Anna", "?alt=sse"),
        ("?$alt=sse", "?%24alt=sse"),
        ("?%24alt=json%3Benum-encoding%3Dint", "?%24alt=json%3Benum-encoding%3Dint"),
        ("?alt=json&fields=candidates&prettyPrint=false", "?alt=json"),
        ("?key=Anna", ""),
    ],
)
def test_of_the_query_only_the_form_of_the_answer_goes_on(query: str, sent: str) -> None:
    """Keys and whatever else a client adds stay here."""
    assert address.read(f"{AT}:{address.STREAM}{query}").path == f":{address.STREAM}{sent}"


@pytest.mark.parametrize("query", ["alt=proto", "alt=SSE", "alt=sse&alt=sse", "alt=Anna%20Schmidt"])
def test_another_form_of_answer_is_refused(query: str) -> None:
    """A form that nobody here reads is refused, and not repeated."""
    with pytest.raises(QueryRefused) as refused:
        address.read(f"{AT}:{address.STREAM}?{query}")

    assert "Anna" not in refused.value.detail


@pytest.mark.parametrize("operation", [address.GENERATE, address.COUNT, address.EMBED])
def test_only_streams_come_as_events(operation: str) -> None:
    """A whole answer is one object, whatever it is called."""
    with pytest.raises(QueryRefused):
        address.read(f"{AT}:{operation}?alt=sse")


@pytest.mark.parametrize(
    ("target", "array"),
    [
        (f"{AT}:{address.STREAM}", True),
        (f"{AT}%3A{address.STREAM}", True),
        (f"{AT}:{address.STREAM}?key=k", True),
        (f"{AT}:{address.STREAM}?alt=json", True),
        (f"{AT}:{address.STREAM}?alt=sse", False),
        (f"{AT}:{address.STREAM}?$alt=sse", False),
        (f"{AT}:{address.GENERATE}", False),
    ],
)
def test_a_stream_is_an_array_unless_events_are_asked_for(target: str, *, array: bool) -> None:
    """As with the dialect's own servers."""
    assert address.is_array(target) is array


@pytest.mark.parametrize(
    ("target", "key"),
    [
        (f"{AT}:generateContent?key=abc", "abc"),
        (f"{AT}:generateContent?alt=json&key=a%2Bc", "a+c"),
        (f"{AT}:generateContent?Key=abc", ""),
        (f"{AT}:generateContent?key=", ""),
        (f"{AT}:generateContent", ""),
        ("", ""),
    ],
)
def test_a_key_may_stand_in_the_query(target: str, key: str) -> None:
    """It is read by its exact name."""
    assert address.query_key(target) == key


def test_a_head_shows_no_model_in_its_repr() -> None:
    """The model's name is the client's text."""
    assert "Anna" not in repr(address.read("/v1/models/Anna:generateContent"))


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-2.5-pro", "/models/gemini-2.5-pro:countTokens"),
        ("models/gemini-2.5-pro", "/models/gemini-2.5-pro:countTokens"),
        ("tunedModels/mine", "/tunedModels/mine:countTokens"),
        ("publishers/meta/models/llama", "/publishers/meta/models/llama:countTokens"),
        ("echo?chars=3", "/models/echo%3Fchars%3D3:countTokens"),
    ],
)
def test_each_deployment_has_its_own_path(model: str, path: str) -> None:
    """Its name for the model stands in it, with the collection it is of."""
    assert address.address(Head(path=":countTokens", model="virtual"), model) == path
    assert address.address(BARE, "m") == "/models/m:generateContent"
