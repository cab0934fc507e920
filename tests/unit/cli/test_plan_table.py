"""A plan as a record has it, and as a person reads it."""

from dataclasses import replace

import orjson
from rich.console import Console

from guardrail_gw.audit.facts import MOST_PLANNED, intent_allowed, planned
from guardrail_gw.audit.record import Kind
from guardrail_gw.audit.review import Opened
from guardrail_gw.cli.audit import record_panel
from guardrail_gw.cli.plan_table import lines_of_record
from guardrail_gw.core.ability import NOTHING
from guardrail_gw.core.plan import Bounds, Plan
from guardrail_gw.core.reason import Reason
from guardrail_gw.policy.policy import Detail
from guardrail_gw.routing.groups import Grouped
from guardrail_gw.routing.health import WELL, Standing
from guardrail_gw.routing.nearness import Nearness
from guardrail_gw.routing.plan import plan
from tests.support.audit_world import placed
from tests.support.kept_content import inbound_of, obeyed
from tests.support.routing_world import deployment

ASKED = inbound_of("erika", "words")


def made(count: int, out: int = 0) -> Plan:
    """A plan of so many, of which the last are left alone; the first comes last."""
    route = [deployment(f"d{i:02}", str(i + 1)) for i in range(count)]
    blocked = {each.id: 5.0 for each in route[count - out :]}
    standing = Standing(blocked_s=blocked, later={"d00": Reason.OUTLIER})
    return plan(route, NOTHING, standing=standing)


def shown(plan: Plan) -> str:
    """What `audit show` prints of an intent with this plan."""
    meta = {"request": "r-1", "plan": orjson.loads(orjson.dumps(planned(plan)))}
    record = Opened(
        index=0, kind=Kind.INTENT, ts_us=0, leaf={}, meta=meta, level=None, content=None
    )
    console = Console(width=100, record=True)
    with console.capture() as captured:
        console.print(record_panel(record))
    return captured.get()


def test_a_record_has_who_is_asked_and_who_is_not() -> None:
    """Each with its score or its reason, in the metadata of the intent and not in its leaf."""
    draft = intent_allowed(ASKED, placed(ASKED), obeyed(Detail.METADATA), plan=made(3, out=1))

    assert orjson.loads(draft.sealed or b"")["plan"] == {
        "objective": "cost",
        "order": [["d01", "4"], ["d00", "2", "routing.outlier"]],
        "out": [["d02", "routing.breaker_open"]],
    }
    assert "plan" not in draft.clear


def test_a_record_says_who_is_near_where_that_decides() -> None:
    """The zone and the times by which equals are ordered, and a person reads both."""
    nearness = Nearness("a")
    for name, seconds in {"far": 0.02, "near": 0.08, "nearer": 0.0123}.items():
        nearness.took(name, seconds)
    route = [replace(deployment(n), zone="a" * ("near" in n)) for n in ("far", "near", "nearer")]

    said = planned(plan(route, kept=Grouped(nearness)))

    assert [each[0] for each in said["order"]] == ["nearer", "near", "far"]
    assert said["near"] == ["nearer", "near"]
    assert said["connect_ms"] == {"nearer": "12.3", "near": "80"}
    assert [line.why for line in lines_of_record(said)] == [
        "same zone, connects in 12.3 ms",
        "same zone, connects in 80 ms",
        "",
    ]


def test_a_record_says_which_timeouts_were_in_force() -> None:
    """Those that are set, for a plan by cost and for any other; a person reads them below it."""
    bounds = Bounds(
        connect_s=5, first_byte_s=120, first_token_s=None, idle_s=60, deadline_s=0.25, total_s=3600
    )
    route = [deployment("a"), deployment("b")]
    late = Standing(blocked_s={}, later={"a": Reason.OUTLIER})

    plans = [plan(route, standing=s, kept=Grouped(bounds=bounds)) for s in (WELL, late)]

    told = {"connect": 5000, "first_byte": 120_000, "idle": 60_000, "deadline": 250}
    assert [planned(each)["timeouts_ms"] for each in plans] == [told | {"total": 3_600_000}] * 2
    assert "timeouts: connect 5 s, first byte 120 s, idle 60 s, deadline 0.25 s" in shown(plans[0])


def test_a_record_is_bounded_however_many_there_are() -> None:
    """The first sixteen of either kind, and how many more there are."""
    said = planned(made(60, out=20))

    assert (len(said["order"]), said["more_order"]) == (MOST_PLANNED, 40 - MOST_PLANNED)
    assert (len(said["out"]), said["more_out"]) == (MOST_PLANNED, 20 - MOST_PLANNED)
    assert len(orjson.dumps(said)) < 2048


def test_a_person_reads_it_as_a_table() -> None:
    """`audit show` has it below the rest, with what is more than it holds."""
    text = shown(made(20, out=2))

    assert "plan, by cost" in text
    assert "routing.breaker_open" in text
    assert "and 2 more that are asked" in text
    assert '"plan"' not in text


def test_what_is_no_plan_is_left_out() -> None:
    """A record that somebody else wrote breaks nothing."""
    assert lines_of_record({"order": [1, [], ["a"]], "out": None}) != []
    assert lines_of_record({}) == []
