import pytest

from guardrail_gw.dialects.every import DIALECTS
from guardrail_gw.dialects.paths import anthropic, openai, operation


def test_v1_comes_first() -> None:
    """It is what most clients ask for."""
    assert openai("/a", "/b")[:2] == ("/v1/a", "/v1/b")
    assert anthropic("/a")[0] == "/v1/a"


@pytest.mark.parametrize("target", sorted({*openai("/messages/x"), *anthropic("/messages/x")}))
@pytest.mark.parametrize("query", ["", "?beta=true", "?a=/v1/b"])
def test_an_operation_is_the_same_under_every_prefix(target: str, query: str) -> None:
    """With a slash at its end or without, whatever its query."""
    assert operation(target + query) == "/messages/x"


def test_no_two_dialects_are_served_on_one_path() -> None:
    """Or nobody could say who answers."""
    paths = [path for dialect in DIALECTS for path in dialect.served]

    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("dialect", [d for d in DIALECTS if d.served], ids=lambda d: d.name)
def test_what_goes_to_a_provider_has_no_prefix_of_the_client_s(dialect: object) -> None:
    """The deployment's base URL has the version, so only the operation is appended."""
    made = next(d for d in DIALECTS if d is dialect)

    sent = {made.address(made.head(path, {}), "m").partition("?")[0] for path in made.served}

    assert all(not path.endswith("/") and "/v1" not in path for path in sent)
    assert len(sent) == len({operation(path) for path in made.served})
