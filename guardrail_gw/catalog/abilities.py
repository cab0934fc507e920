"""What a configured deployment's model can do: the operator's word, then the catalog's.

Catalogues leave out more than they get wrong: a dozen models of the shipped one are made for
images, as their very names say, and are not listed with them. So what a row does not state is
doubted, and only the operator denies.
"""

from collections.abc import Iterator
from typing import Final

from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.catalog.model_facts import ModelFact
from guardrail_gw.core.ability import Abilities, Ability

_CAN: Final = frozenset({Ability.TOOLS, Ability.STRUCTURED_OUTPUT})
_TAKES: Final = frozenset({Ability.IMAGE, Ability.AUDIO})


def abilities_of(config: DeploymentConfig, fact: ModelFact | None) -> Abilities:
    """What is known of a deployment.

    Args:
        config: what the operator says, which goes before the catalog.
        fact: the catalog's row, if it has one.
    """
    said, denied = frozenset(config.can), frozenset(config.cannot)
    stated = said | frozenset(_stated(fact))
    context = config.context or (None if fact is None else fact.context)
    return Abilities(
        stated=stated - denied,
        doubted=_described(fact) - stated - denied,
        denied=denied,
        context=context,
        output=None if fact is None else fact.output,
        output_limit=config.output,
    )


def _stated(fact: ModelFact | None) -> Iterator[Ability]:
    if fact is not None:
        yield from (each for each in _CAN if each.value in fact.can)
        yield from (each for each in _TAKES if each.value in fact.takes)


def _described(fact: ModelFact | None) -> frozenset[Ability]:
    """What the row would state if it were so: it says something of the kind."""
    if fact is None:
        return frozenset()
    return (_CAN if fact.can else frozenset()) | (_TAKES if fact.takes else frozenset())
