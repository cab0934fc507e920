"""Access tokens: who is let in, and who is not."""

import json
from typing import Any

import pytest

from guardrail_gw.keys.json_web_keys import key_set
from guardrail_gw.mcp.front.identities import Claim, Identities
from guardrail_gw.mcp.front.tokens import TokenError, UnknownKeyError, Wanted, is_token, verified
from tests.support.issuer import Signer, b64, key_set as published

NOW = 1_700_000_000.0
HERE = "https://gw.example/mcp"
SIGNER, OTHER = Signer.rsa("k1"), Signer.rsa("k2")
KEYS = key_set(published(SIGNER))
WANTED = Wanted(
    issuer="https://login.example",
    audiences=frozenset({HERE}),
    algorithms=frozenset({"RS256", "ES256"}),
    leeway_s=30,
)
CLAIMS: dict[str, Any] = {
    "iss": "https://login.example",
    "aud": HERE,
    "sub": "u1",
    "exp": NOW + 300,
    "scope": "a b",
}


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def test_a_token_for_this_gateway_lets_in() -> None:
    """With its claims, its scopes and its end."""
    token = verified(SIGNER.token(CLAIMS), WANTED, KEYS, NOW)

    assert token.claims["sub"] == "u1"
    assert token.scopes == {"a", "b"}
    assert token.until_s == NOW + 330


@pytest.mark.parametrize(
    "claims",
    [
        CLAIMS | {"aud": ["https://other.example", HERE]},
        CLAIMS | {"exp": NOW - 29},
        CLAIMS | {"nbf": NOW + 29, "iat": NOW},
        _without("scope") | {"scp": ["a"]},
    ],
)
def test_what_issuers_say_differently_lets_in_as_well(claims: dict[str, Any]) -> None:
    """Lists of audiences, clocks that differ a little, the other name of scopes."""
    verified(SIGNER.token(claims), WANTED, KEYS, NOW)


@pytest.mark.parametrize(
    "claims",
    [
        CLAIMS | {"iss": "https://login.example/"},
        CLAIMS | {"aud": "https://other.example/mcp"},
        CLAIMS | {"aud": HERE + "/"},
        CLAIMS | {"aud": {HERE: 1}},
        CLAIMS | {"exp": NOW - 31},
        CLAIMS | {"exp": str(NOW + 300)},
        CLAIMS | {"exp": True},
        CLAIMS | {"nbf": NOW + 31},
        CLAIMS | {"iat": NOW + 31},
        CLAIMS | {"nbf": "soon"},
        _without("aud"),
        _without("iss"),
        _without("exp"),
    ],
)
def test_a_token_of_another_issuer_audience_or_time_lets_nobody_in(claims: dict[str, Any]) -> None:
    """What is missing counts as wrong."""
    with pytest.raises(TokenError):
        verified(SIGNER.token(claims), WANTED, KEYS, NOW)


def _unsigned(algorithm: object) -> str:
    head, body = ({"alg": algorithm, "typ": "JWT", "kid": "k1"}, CLAIMS)
    return f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}."


def _changed() -> str:
    head, _, signature = SIGNER.token(CLAIMS).split(".")
    return f"{head}.{b64(json.dumps(CLAIMS | {'sub': 'root'}).encode())}.{signature}"


def _twice() -> str:
    head, _, _ = SIGNER.token(CLAIMS).split(".")
    body = json.dumps(CLAIMS)[:-1] + ', "sub": "root"}'
    signed = f"{head}.{b64(body.encode())}"
    return f"{signed}.{b64(SIGNER.sign('RS256', signed.encode()))}"


@pytest.mark.parametrize(
    "text",
    [
        *("", "a.b.c", "..", SIGNER.token(CLAIMS) + "=", SIGNER.token(CLAIMS)[:-4]),
        *(_unsigned("none"), _unsigned("RS256"), _changed(), _twice()),
        *(_unsigned(["RS256"]), _unsigned({}), _unsigned(None)),
        SIGNER.token(CLAIMS, "RS512"),
        SIGNER.token(CLAIMS, crit=["exp"]),
        SIGNER.token(CLAIMS, typ="dpop+jwt"),
        SIGNER.token(CLAIMS | {"x": "y" * 20_000}),
    ],
)
def test_what_is_not_signed_as_it_must_be_lets_nobody_in(text: str) -> None:
    """Unsigned, changed, cut, in another algorithm, with what is not understood."""
    with pytest.raises(TokenError):
        verified(text, WANTED, KEYS, NOW)


def test_a_key_that_is_not_known_is_told_apart() -> None:
    """Its issuer may have a newer one."""
    with pytest.raises(UnknownKeyError):
        verified(OTHER.token(CLAIMS), WANTED, KEYS, NOW)
    with pytest.raises(TokenError, match="not signed by its issuer"):
        verified(OTHER.token(CLAIMS, kid="k1"), WANTED, KEYS, NOW)


def test_a_token_without_a_keys_name_is_the_only_keys_or_nobodys() -> None:
    """Which of two it should be is not tried out."""
    both = key_set(published(SIGNER, OTHER))
    text = SIGNER.token(CLAIMS, kid=None)

    verified(text, WANTED, KEYS, NOW)
    with pytest.raises(UnknownKeyError):
        verified(text, WANTED, both, NOW)


def test_a_virtual_key_does_not_look_like_a_token() -> None:
    """By its dots."""
    assert is_token(SIGNER.token(CLAIMS))
    assert not is_token("ggw-abc")


IDENTITIES = Identities(
    tenant=Claim(path=("realm", "tenant")),
    team=Claim(path=("groups",), values={"g-1": "web", "g-2": "ops"}),
    user=Claim(path=("sub",)),
)
SAID: dict[str, Any] = {
    "iss": "i",
    "sub": "jo",
    "realm": {"tenant": "acme"},
    "groups": ["g-1", "x"],
}


def test_claims_stand_for_a_principal_as_configured() -> None:
    """A member within a member, and a name for one of several groups."""
    who = IDENTITIES.principal(SAID)

    assert (who.tenant, who.team, who.user) == ("acme", "web", "jo")
    assert who.key_id.startswith("oauth-")
    assert who == IDENTITIES.principal(SAID)
    assert who.key_id != IDENTITIES.principal(SAID | {"client_id": "other"}).key_id


def test_a_user_whose_name_is_no_name_here_is_told_apart_by_a_digest() -> None:
    """So that an address of a person stands in no record's name."""
    who = IDENTITIES.principal(SAID | {"sub": "Jane.Doe@example.com"})

    assert "jane" not in who.user.lower()
    assert who.user == IDENTITIES.principal(SAID | {"sub": "Jane.Doe@example.com"}).user


@pytest.mark.parametrize(
    "claims",
    [
        SAID | {"realm": {}},
        SAID | {"realm": "acme"},
        SAID | {"realm": {"tenant": "Acme Corp"}},
        SAID | {"groups": []},
        SAID | {"groups": ["x"]},
        SAID | {"groups": ["g-1", "g-2"]},
        SAID | {"sub": 7},
        {key: value for key, value in SAID.items() if key != "sub"},
    ],
)
def test_claims_that_name_nobody_or_two_let_nobody_in(claims: dict[str, Any]) -> None:
    """Which of two teams is not guessed."""
    with pytest.raises(TokenError):
        IDENTITIES.principal(claims)
