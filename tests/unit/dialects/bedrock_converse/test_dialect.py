"""The dialect as one object."""

import pytest

from guardrail_gw.core.exchange import BARE, Head
from guardrail_gw.dialects.bedrock_converse.dialect import STREAM, BedrockConverse
from guardrail_gw.dialects.every import BY_NAME, PROVIDERS, SURFACES


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("amazon.nova-lite-v1:0", "/model/amazon.nova-lite-v1%3A0/converse"),
        (
            "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.x",
            "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A1%3Ainference-profile%2Feu.x/converse",
        ),
    ],
)
def test_the_model_stands_in_the_path(model: str, path: str) -> None:
    """Quoted whole, so that no name leads elsewhere; a stream is another operation."""
    dialect = BedrockConverse()

    assert dialect.address(BARE, model) == path
    assert dialect.address(Head(path=STREAM), "m") == "/model/m/converse-stream"


def test_only_providers_speak_it() -> None:
    """It is no surface for clients, and no policy names it as one."""
    assert "bedrock_converse" in PROVIDERS
    assert "bedrock_converse" not in BY_NAME
    assert "bedrock_converse" not in SURFACES
