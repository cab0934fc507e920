"""What `make deploy` writes is in the checkout, as it would be written now."""

import json
import re
from typing import Any

from deploy.recipe.make import of_sources, of_the_chart
from deploy.recipe.panels import NOT_SHOWN
from deploy.recipe.places import CHART
from tests.unit.deploy.test_alerts import LABEL, METRIC, SCRAPED, SELECTED, measured


def test_every_made_file_is_as_its_source_says() -> None:
    """A source that changed without `make deploy`, or a made file that was changed by hand."""
    stale = [
        path.name
        for path, text in (of_sources() | of_the_chart()).items()
        if path.read_text(encoding="utf-8") != text
    ]

    assert stale == []


def targets() -> list[dict[str, str]]:
    """Every line of the dashboard's panels: its query, and what it is called."""
    text = (CHART / "files" / "dashboard.json").read_text(encoding="utf-8")
    panels: list[Any] = json.loads(text)["panels"]
    return [target for panel in panels for target in panel.get("targets", ())]


def queries() -> list[str]:
    """Every query of the dashboard."""
    return [target["expr"] for target in targets()]


def test_the_dashboard_shows_what_is_measured() -> None:
    """Each metric and label is documented."""
    known = measured()
    known |= {f"{name}_bucket": labels for name, labels in known.items()}
    asked = [metric for query in queries() for metric in METRIC.findall(query)]
    labels = [
        (metric, label)
        for query in queries()
        for metric, within in SELECTED.findall(query)
        for label, _ in LABEL.findall(within)
    ]

    assert len(asked) > 20
    assert set(asked) - known.keys() == set()
    assert [(m, label) for m, label in labels if label not in known[m] | SCRAPED] == []


def test_every_metric_is_on_a_panel() -> None:
    """A documented metric that nobody sees, or one that is named as not shown and is, fails."""
    asked = {m.removesuffix("_bucket") for query in queries() for m in METRIC.findall(query)}

    assert measured().keys() - asked == NOT_SHOWN.keys()
    assert all(NOT_SHOWN.values())


def test_every_line_is_parted_and_named_by_labels_that_it_has() -> None:
    """`by (x)` of a label that no metric of the query has gives one line for all, silently."""
    known = measured()
    wrong = []
    for target in targets():
        query = target["expr"]
        metrics = {name.removesuffix("_bucket") for name in METRIC.findall(query)}
        there = set().union(*(known[name] for name in metrics)) | SCRAPED | {"le"}
        parted = {label for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(", ")}
        named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        if parted - there or named != parted - {"le"}:
            wrong.append(target)

    assert wrong == []


def test_the_dashboards_pictures_do_not_overlap() -> None:
    """Each place of the grid belongs to one panel, and no panel leaves it."""
    text = (CHART / "files" / "dashboard.json").read_text(encoding="utf-8")
    cells = [
        (x, y)
        for panel in json.loads(text)["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
