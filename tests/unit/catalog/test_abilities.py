"""What is known of what models can do: the operator's word goes before the catalog's."""

import json
from typing import Any

import pytest

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.core.ability import Ability

CATALOG = Catalog.load()


def configured(config: dict[str, Any]) -> DeploymentConfig:
    """A deployment as a file says it."""
    return DeploymentConfig.model_validate_json(json.dumps(config))


def known(**config: Any) -> dict[str, str]:
    """Ability -> what is said of it, of a model of OpenAI's European region."""
    merged = {"id": "d", "provider": "openai", "region": "eu", **config}
    abilities = CATALOG.deployment(configured(merged)).abilities
    return {each.value: abilities.answer(each) for each in Ability}


def test_what_a_row_states_and_what_it_leaves_out() -> None:
    """What is not stated beside other things is doubted; of streaming no catalogue speaks."""
    assert known(model="gpt-4.1-mini") == {
        "tools": "stated",
        "image": "stated",
        "audio": "doubted",
        "structured_output": "stated",
        "streaming": "unknown",
    }


def test_the_operator_goes_before_the_catalog() -> None:
    """`can` ends a doubt, `cannot` ends what is stated."""
    said = known(model="gpt-4.1-mini", can=["audio"], cannot=["image", "streaming"])

    assert said["audio"] == "stated"
    assert (said["image"], said["streaming"]) == ("denied", "denied")


def test_what_nobody_describes_is_unknown() -> None:
    """A server of one's own is not in doubt about anything."""
    own = {"provider": "vllm", "region": None, "base_url": "http://127.0.0.1:1/v1", "model": "m"}

    assert set(known(**own).values()) == {"unknown"}
    assert known(**own, can=["tools"])["tools"] == "stated"


def test_lengths_come_from_the_row_unless_the_operator_says_them() -> None:
    """What the catalog says of answers is doubted, what the operator says holds."""
    of = {"id": "d", "provider": "openai", "region": "eu", "model": "gpt-4.1-mini"}
    row = CATALOG.deployment(configured(of))
    said = CATALOG.deployment(configured({**of, "context": 9000, "output": 700}))

    assert (row.abilities.context, row.abilities.output) == (1_047_576, 32_768)
    assert (row.abilities.output_limit, row.most_written) == (None, 32_768)
    assert (said.abilities.context, said.abilities.output_limit, said.most_written) == (
        9000,
        700,
        700,
    )


def test_nobody_can_and_cannot() -> None:
    """A deployment that says both of one thing is refused."""
    with pytest.raises(ValueError, match="both say image"):
        configured(
            {"id": "d", "provider": "vllm", "model": "m", "can": ["image"], "cannot": ["image"]}
        )
