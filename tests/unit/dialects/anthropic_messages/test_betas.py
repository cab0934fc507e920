import typing

from anthropic.types import AnthropicBetaParam

from guardrail_gw.dialects.anthropic_messages import betas


def test_every_feature_that_the_client_knows_goes_on() -> None:
    """Each name in Anthropic's own client is dated and made of known words."""
    literals = [each for each in typing.get_args(AnthropicBetaParam) if each is not str]
    names = [name for each in literals for name in typing.get_args(each)]

    unknown = [n for n in names if not (betas.is_dated(n) and betas.is_known(n))]

    assert len(names) > 30
    assert unknown == []


def test_no_word_is_a_number_that_somebody_answers_at() -> None:
    """The digits of all words together are fewer than those of a telephone number would need."""
    digits = [word for word in betas.WORDS if word[0].isdigit()]

    assert all(len(word) <= 4 for word in digits)
    assert not any(word.isdigit() and len(word) > 1 for word in betas.WORDS)
