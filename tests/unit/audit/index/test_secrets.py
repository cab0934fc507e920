"""The index's own keys."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.index.secrets import new_secrets, open_secrets
from guardrail_gw.errors import ConfigError


def test_any_of_its_keys_opens_an_index() -> None:
    """Two readers made it; each of them gives the same tokens and opens the same texts."""
    readers = [X25519PrivateKey.generate() for _ in range(2)]
    made, stored = new_secrets(readers)

    for reader in readers:
        again = open_secrets(stored, [reader])
        token = again.token("user", "erika")
        assert token == made.token("user", "erika")
        assert again.opened(token, made.sealed(token, "erika")) == "erika"


def test_nobody_else_opens_it() -> None:
    """Another key than those it was made with is refused."""
    _, stored = new_secrets([X25519PrivateKey.generate()])

    with pytest.raises(ConfigError, match="another key"):
        open_secrets(stored, [X25519PrivateKey.generate()])


def test_a_token_is_of_its_field_and_its_index() -> None:
    """The same word in another field, or in another index, has another token."""
    reader = [X25519PrivateKey.generate()]
    (one, _), (other, _) = new_secrets(reader), new_secrets(reader)

    assert len({one.token("user", "a"), one.token("team", "a"), other.token("user", "a")}) == 3


def test_a_text_stays_with_its_token() -> None:
    """A sealed word that is moved to another row does not open."""
    made, _ = new_secrets([X25519PrivateKey.generate()])
    sealed = made.sealed(made.token("user", "erika"), "erika")

    with pytest.raises(ConfigError, match="altered"):
        made.opened(made.token("user", "bo"), sealed)


def test_half_a_surrogate_is_a_word_like_others() -> None:
    """What a client wrote may be no valid text."""
    made, _ = new_secrets([X25519PrivateKey.generate()])
    token = made.token("model", "\ud800")

    assert made.opened(token, made.sealed(token, "\ud800")) == "\ud800"
