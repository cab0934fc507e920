"""Reading a pipeline's weights: what is not exactly known is refused."""

from typing import Any

import pytest
import spacy

from guardrail_gw.core.shipped import shipped
from guardrail_gw.detection.network import UnknownNetwork
from guardrail_gw.detection.tokens import Tokenizer
from guardrail_gw.detection.weights import network_of


@pytest.fixture
def nlp() -> Any:
    """The shipped pipeline, for a test to change."""
    return spacy.load(shipped("models/guardrail_xx_ner"), exclude=["lemmatizer"])


def test_the_shipped_pipeline_is_known(nlp: Any) -> None:
    """It can be computed without spaCy's own layers."""
    network = network_of(nlp)
    tokens = Tokenizer(nlp, network.embedding.attributes)

    assert len(network([tokens("Anna"), tokens("and Ben")])) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda nlp: nlp.add_pipe("entity_ruler"), "components"),
        (lambda nlp: nlp.get_pipe("ner").cfg.update(beam_width=4), "a beam"),
        (lambda nlp: nlp.get_pipe("ner").model.attrs["unseen_classes"].add(1), "never trained"),
        (lambda nlp: nlp.get_pipe("ner").model.attrs.update(has_upper=False), "no upper layer"),
        (lambda nlp: nlp.get_pipe("tok2vec").model.layers[1].attrs.update(pad=1), "padding"),
        (lambda nlp: nlp.get_pipe("tok2vec").model.layers.pop(), "not as expected"),
        (lambda nlp: nlp.disable_pipe("ner"), "components"),
    ],
    ids=["ruler", "beam", "unseen", "upper", "padding", "layers", "no ner"],
)
def test_a_pipeline_that_is_built_otherwise_is_refused(nlp: Any, change: Any, said: str) -> None:
    """Each assumption of the computation is checked, and the refusal names it."""
    change(nlp)

    with pytest.raises(UnknownNetwork, match=said):
        network_of(nlp)
