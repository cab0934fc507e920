"""From similarities to a route class. Pure: what is unclear gets the fallback class."""

from collections.abc import Sequence

from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.semantic.classes import Classes


def decided(similarities: Sequence[float], classes: Classes) -> RouteClass:
    """The class of a request.

    Args:
        similarities: to each class, in their order; from -1 to 1.
        classes: what they are, and when a request is of none.
    """
    nearest, second = sorted(range(len(similarities)), key=lambda at: -similarities[at])[:2]
    similarity = similarities[nearest]
    margin = similarity - similarities[second]
    if not similarity >= classes.threshold:  # so that what is no number is unlike
        name, by = classes.fallback, Sorted.UNLIKE
    elif margin < classes.margin:
        name, by = classes.fallback, Sorted.CLOSE
    else:
        name, by = classes.names[nearest], Sorted.NEAREST
    return RouteClass(name=name, by=by, similarity=similarity, margin=margin)
