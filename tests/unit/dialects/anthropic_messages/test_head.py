import pytest

from guardrail_gw.core.exchange import Head
from guardrail_gw.errors import HeaderRefused
from tests.support.messages import MESSAGES


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/v1/messages", "/messages"),
        ("/v1/messages?beta=true", "/messages?beta=true"),
        ("/v1/messages?x=1&beta=true", "/messages?beta=true"),
        ("/v1/messages?beta=Anna%20Schmidt", "/messages"),
        ("/v1/messages/count_tokens?beta=true", "/messages/count_tokens?beta=true"),
        ("/v1/messages/count%5Ftokens", "/messages/count_tokens"),
        ("http://anna.schmidt@example.org/v1/messages?beta=true", "/messages?beta=true"),
    ],
)
def test_of_the_query_only_beta_goes_on(target: str, path: str) -> None:
    """The operation is the path's; whatever else a client writes behind it stays here."""
    assert MESSAGES.head(target, {}).path == path


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
def test_the_version_goes_on(version: str) -> None:
    """The provider answers in the version that the client asked for."""
    head = MESSAGES.head("/v1/messages", {"anthropic-version": version})

    assert head == Head(path="/messages", headers=(("anthropic-version", version),))


def test_who_names_no_version_gets_the_oldest() -> None:
    """A provider refuses requests without a version."""
    assert MESSAGES.head("/v1/messages", {}).headers == (("anthropic-version", "2023-06-01"),)


@pytest.mark.parametrize(
    "betas",
    [
        "context-1m-2025-08-07",
        "claude-code-20250219, interleaved-thinking-2025-05-14,output-300k-2026-03-24",
        "ce-claude-code-managed-settings-2026-10-06",
    ],
)
def test_features_go_on(betas: str) -> None:
    """Dated features are passed in their order, without the spaces between."""
    head = MESSAGES.head("/v1/messages", {"anthropic-beta": betas})

    assert dict(head.headers)["anthropic-beta"] == betas.replace(" ", "")


@pytest.mark.parametrize(
    ("betas", "passed"),
    [
        ("anna-schmidt-2026-05-12", None),
        ("context-1m-2025-08-07,anna-schmidt-2026-05-12", "context-1m-2025-08-07"),
        ("output-49-170-123-456-2025-01-01", None),
        ("context-schmidt-2025-08-07", None),
    ],
)
def test_what_only_looks_like_a_feature_stays_here(betas: str, passed: str | None) -> None:
    """Words that no feature is made of go nowhere; that something was left out is on record."""
    head = MESSAGES.head("/v1/messages", {"anthropic-beta": betas})

    assert dict(head.headers).get("anthropic-beta") == passed
    assert head.left_out == ("header anthropic-beta",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("anthropic-version", "Anna Schmidt"),
        ("anthropic-version", "2023-06-01\r\nx-evil: 1"),
        ("anthropic-version", "2026-02-30"),
        ("anthropic-version", "1987-04-11"),
        ("anthropic-beta", "anna.schmidt@example.org"),
        ("anthropic-beta", "anna-schmidt"),
        ("anthropic-beta", "code-2025-02-30"),
        ("anthropic-beta", "code-2022-01-01"),
        ("anthropic-beta", "code-202501-01"),
        ("anthropic-beta", "code-2025-01-01,"),
        ("anthropic-beta", ",".join(["code-2025-01-01"] * 33)),
    ],
)
def test_free_text_goes_nowhere(name: str, value: str) -> None:
    """A header of another form is refused, and not repeated."""
    with pytest.raises(HeaderRefused) as refused:
        MESSAGES.head("/v1/messages", {name: value})

    assert refused.value.code == "header.malformed"
    assert "Anna" not in refused.value.detail
    assert "anna" not in refused.value.detail
