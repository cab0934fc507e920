import re

import pytest

from guardrail_gw.dialects.every import DIALECTS
from guardrail_gw.dialects.paths import anthropic, deployment, openai, operation
from guardrail_gw.errors import SurfaceNotServed


def test_v1_comes_first() -> None:
    """It is what most clients ask for."""
    assert openai("/a", "/b")[:2] == ("/v1/a", "/v1/b")
    assert anthropic("/a")[0] == "/v1/a"


@pytest.mark.parametrize("target", sorted({*openai("/messages/x"), *anthropic("/messages/x")}))
@pytest.mark.parametrize("query", ["", "?beta=true", "?a=/v1/b"])
def test_an_operation_is_the_same_under_every_prefix(target: str, query: str) -> None:
    """With a slash at its end or without, whatever its query."""
    assert operation(target + query, ("/messages/x",)) == "/messages/x"


@pytest.mark.parametrize(
    "target",
    [
        "http://anna.schmidt@example.org/v1/messages/x",
        "m://Anna/messages/x?beta=true",
        "http://127.0.0.1:8080/anthropic/v1/messages/x/",
        "/v1/%6dessages/%78",
        "/v1/messages/x#anna",
    ],
)
def test_nothing_of_what_a_client_wrote_is_in_it(target: str) -> None:
    """A target may be a whole address, and is escaped as one likes."""
    assert operation(target, ("/messages", "/messages/x")) == "/messages/x"


@pytest.mark.parametrize("target", ["/v1/anna", "/v1/messages/xx", "", "*", "http://anna"])
def test_another_path_is_no_operation(target: str) -> None:
    """Whatever it is, it does not go on to a provider."""
    with pytest.raises(SurfaceNotServed):
        operation(target, ("/messages/x",))


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/openai/deployments/gpt/chat/completions?api-version=1", "gpt"),
        ("http://host/openai/deployments/my%20gpt/embeddings/", "my gpt"),
        ("/openai/deployments/gpt", ""),
        ("/v1/chat/completions", ""),
        ("/openai/chat/completions", ""),
    ],
)
def test_a_deployment_of_azure_s_stands_in_the_path(target: str, name: str) -> None:
    """As its clients write it."""
    assert deployment(target) == name


def test_no_two_dialects_are_served_on_one_path() -> None:
    """Or nobody could say who answers."""
    paths = [path for dialect in DIALECTS for path in dialect.served]

    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("dialect", [d for d in DIALECTS if d.served], ids=lambda d: d.name)
def test_what_goes_to_a_provider_has_no_prefix_of_the_client_s(dialect: object) -> None:
    """The deployment's base URL has the version, so only the operation is appended."""
    made = next(d for d in DIALECTS if d is dialect)

    sent = {made.address(made.head(path, {}), "m").partition("?")[0] for path in made.served}

    assert all(not path.endswith("/") and not re.search("/v[12]", path) for path in sent)
    assert len(sent) == len({bare(path) for path in made.served})


def bare(path: str) -> str:
    """A path without its prefix, its query and the slash at its end."""
    plain = re.sub(r".*/v[12]/", "", path.partition("?")[0].rstrip("/")).removeprefix("/")
    return plain.removeprefix("openai/")
