"""From a loaded spaCy pipeline to a `Network`: its weights, once it is sure what they mean.

Everything is checked that the computation takes for granted. What is built otherwise raises
`UnknownNetwork`: another architecture, a beam, a component in between, labels never trained.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from guardrail_gw.detection.decoder import Decoder, Floats, Moves
from guardrail_gw.detection.network import (
    Embedding,
    Encoder,
    Maxout,
    Network,
    Table,
    UnknownNetwork,
)

if TYPE_CHECKING:
    from spacy.language import Language

_ENTITY, _PREVIOUS, _NER_FEATURES = "ner", "tok2vec", 3
_SHAPES = {
    "embed": ("extract_features", "list2ragged", "with_array", "with_array", "ragged2list"),
    "mix": ("maxout", "layernorm", "dropout"),
    "block": ("expand_window", "maxout", "layernorm", "dropout"),
    "reduce": ("list2array", "linear"),
}
"""What a chain consists of, each by the beginning of its name."""
_FEWEST_PIECES = 2


def network_of(nlp: "Language") -> Network:
    """Read the weights.

    Raises:
        UnknownNetwork: it is not built as `network.py` computes it.
    """
    try:
        return _network(nlp)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise UnknownNetwork(f"not as expected: {type(error).__name__}") from error


def _network(nlp: "Language") -> Network:
    _require(nlp.pipe_names in ([_PREVIOUS, _ENTITY], [_ENTITY]), "components")
    parser: Any = nlp.get_pipe(_ENTITY)
    reduce, lower, upper = parser.model.layers
    source, *rest = reduce.layers
    listens = source.name == "tok2vec-listener"
    _require(listens == (nlp.pipe_names[0] == _PREVIOUS), "where the vectors come from")
    tok2vec: Any = nlp.get_pipe(_PREVIOUS) if listens else None
    embed, encode = (tok2vec.model if listens else source).layers
    _check_parser(parser, lower, rest)
    return Network(
        embedding=_embedding(embed),
        encoder=_encoder(encode),
        decoder=Decoder(
            moves=_moves(parser),
            reduce=_linear(rest[1]),
            lower=(_array(lower, "W"), _array(lower, "b"), _array(lower, "pad")),
            upper=_linear(upper),
        ),
    )


def _check_parser(parser: Any, lower: Any, rest: Sequence[Any]) -> None:  # noqa: ANN401 - thinc's and spaCy's own, untyped
    _require(_named(rest, "reduce"), "from vectors to the parser")
    _require(parser.cfg["beam_width"] == 1, "a beam")
    _require(parser.model.attrs["has_upper"] is True, "no upper layer")
    _require(not parser.model.attrs["unseen_classes"], "labels that were never trained")
    _require(lower.get_dim("nF") == _NER_FEATURES, "the parser's features")
    _require(lower.get_dim("nP") >= _FEWEST_PIECES, "the parser's pieces")


def _embedding(embed: Any) -> Embedding:  # noqa: ANN401 - ditto
    _require(_named(embed.layers, "embed"), "embedding")
    extract, _, tables, mix, _ = embed.layers
    return Embedding(
        extract.attrs["columns"],
        [_table(column, each) for column, each in enumerate(tables.layers[0].layers)],
        _maxout(mix.layers[0], "mix"),
        embed.ops,
    )


def _table(column: int, node: Any) -> Table:  # noqa: ANN401 - ditto
    pick, hashed = node.layers
    _require(hashed.name == "hashembed", "embedding")
    _require(pick.attrs["index"] == (slice(0, None), column), "attributes")
    return Table(column=column, seed=hashed.attrs["seed"], rows=_array(hashed, "E"))


def _encoder(encode: Any) -> Encoder:  # noqa: ANN401 - ditto
    (chain,) = encode.layers
    residuals = chain.layers if len(chain.layers) > 1 else [chain]
    blocks = []
    for residual in residuals:
        (inner,) = residual.layers
        _require(residual.name.startswith("residual("), "encoder")
        _require(inner.layers[0].attrs.get("window_size") == 1, "window")
        blocks.append(_maxout(inner, "block"))
    _require(encode.attrs["pad"] >= len(blocks), "padding")
    return Encoder(blocks, encode.attrs["pad"])


def _maxout(chain: Any, shape: str) -> Maxout:  # noqa: ANN401 - ditto
    flat = _flat(chain)
    _require(_named(flat, shape), shape)
    product, norm = (next(n for n in flat if n.name == name) for name in ("maxout", "layernorm"))
    weights = _array(product, "W")
    outputs, pieces, inputs = weights.shape
    _require(pieces >= _FEWEST_PIECES, "pieces")
    return Maxout(
        weights=np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(inputs, pieces * outputs)),
        bias=np.ascontiguousarray(_array(product, "b").T.reshape(-1)),
        pieces=pieces,
        gain=_array(norm, "G"),
        shift=_array(norm, "b"),
    )


def _linear(node: Any) -> tuple[Floats, Floats]:  # noqa: ANN401 - ditto
    _require(node.name == "linear", "linear layer")
    return np.ascontiguousarray(_array(node, "W").T), _array(node, "b")


def _moves(parser: Any) -> Moves:  # noqa: ANN401 - ditto
    columns = {parser.moves.get_class_name(i): i for i in range(parser.moves.n_moves)}
    labels = tuple(parser.labels)
    _require({name[0] for name in columns} <= set("BILUO"), "moves")
    return Moves(
        labels=labels,
        begin=np.array([columns[f"B-{label}"] for label in labels]),
        inside=np.array([columns[f"I-{label}"] for label in labels]),
        last=np.array([columns[f"L-{label}"] for label in labels]),
        unit=np.array([columns[f"U-{label}"] for label in labels]),
        out=columns["O"],
    )


def _flat(node: Any) -> list[Any]:  # noqa: ANN401 - ditto
    """A chain's own layers, those of chains within it one by one."""
    return [leaf for each in node.layers for leaf in (_flat(each) if each.layers else [each])]


def _named(nodes: Sequence[Any], shape: str) -> bool:
    expected = _SHAPES[shape]
    return len(nodes) == len(expected) and all(
        node.name.startswith(name) for node, name in zip(nodes, expected, strict=True)
    )


def _array(node: Any, name: str) -> Floats:  # noqa: ANN401 - ditto
    array = node.get_param(name)
    _require(isinstance(array, np.ndarray) and array.dtype == np.float32, "numbers")
    return array  # type: ignore[no-any-return]  # thinc is untyped here


def _require(condition: bool, what: str) -> None:  # noqa: FBT001 - an assertion with a name
    if not condition:
        raise UnknownNetwork(what)
