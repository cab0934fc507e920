"""`route explain`: whom a request would be sent to, by the rooms that serve."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from guardrail_gw.cli.route import command, sorted_line
from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.core.shipped import shipped
from guardrail_gw.semantic.classes import SHIPPED
from tests.support.rehearsed import own, written

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
PERSONAL = "write to anna.schmidt@example.org"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration with three deployments and a fallback."""
    folder = tmp_path_factory.mktemp("route")
    models: list[dict[str, Any]] = [
        {
            "name": "assistant",
            "deployments": ["us", "eu", "plain"],
            "fallbacks": [{"model": "other"}],
        },
        {"name": "other", "deployments": ["eu"], "objective": "quality"},
    ]
    deployments = [
        own("us", "US", "0.1", can=["tools"]),
        own("eu", "DE", "0.5"),
        own("plain", "FR", "0.2", cannot=["tools"]),
    ]
    return written(folder, models, deployments, detection={"model": None})


def run(gateway: Path, body: Any, *more: str) -> Result:
    """The command, on this request."""
    request = gateway.parent / "request.json"
    request.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
    words = ["explain", str(request), "--config", str(gateway), *more]
    return CliRunner().invoke(command, words)


def asked(text: str, **more: Any) -> dict[str, Any]:
    """A chat request."""
    messages = [{"role": "user", "content": text}]
    return {"model": "assistant", "messages": messages, **more}


def entries(result: Result) -> dict[tuple[str, str], Any]:
    """Model and deployment -> place, or why it is out."""
    told = json.loads(result.stdout)["deployments"]
    return {(e["model"], e["deployment"]): e["place"] or e["reason"] for e in told}


def test_each_deployment_has_its_place_or_its_reason(gateway: Path) -> None:
    """Of the model and of what is asked instead; what is not known is named."""
    result = run(gateway, asked("hello", tools=[TOOL], max_tokens=9), "--json")

    assert result.exit_code == 0
    assert entries(result) == {
        ("assistant", "us"): 1,
        ("assistant", "eu"): 2,
        ("assistant", "plain"): "routing.tools",
        ("other", "eu"): 1,
    }
    told = json.loads(result.stdout)
    assert told["objective"] == "cost"
    assert (told["timeouts_ms"]["connect"], told["timeouts_ms"]["total"]) == (5000, 3_600_000)
    assert (told["needs"]["abilities"], told["needs"]["written"]) == (["tools"], 9)
    assert [e["unknown"] for e in told["deployments"][:2]] == [[], ["tools"]]


def test_what_is_found_decides_as_it_does_when_it_is_served(gateway: Path) -> None:
    """A request with personal data stays where the policy lets it be; nobody is asked with none."""
    result = run(gateway, asked(PERSONAL), "--json")

    assert entries(result) == {
        ("assistant", "us"): "residency.inference_outside",
        ("assistant", "plain"): 1,
        ("assistant", "eu"): 2,
        ("other", "eu"): 1,
    }


def test_the_table_fits_and_says_the_same(gateway: Path) -> None:
    """Within eighty columns, for people; nothing of the request's text is in it."""
    result = run(gateway, asked(PERSONAL, tools=[TOOL]))

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert max(map(len, lines)) <= 80
    assert [line.split()[:2] for line in lines if line.strip()[:1] in "1o" and line.strip()][
        -4:-1
    ] == [["1", "eu"], ["out", "us"], ["out", "plain"]]
    assert "unknown: tools" in result.stdout
    assert "timeouts: connect 5 s, first byte 120 s, idle 60 s" in result.stdout
    assert "anna" not in result.stdout.lower()


@pytest.mark.parametrize(
    ("text", "why", "said"),
    [("hello", "", "may be given again"), (PERSONAL, "personal", "is not given again (personal)")],
)
def test_it_says_whether_the_answer_may_be_given_again(
    gateway: Path, text: str, why: str, said: str
) -> None:
    """Where answers are kept; where none are, nothing is said of it."""
    without = run(gateway, asked(text), "--json")
    keeping = gateway.with_name("keeping.yaml")
    config = yaml.safe_load(gateway.read_text(encoding="utf-8"))
    keeping.write_text(yaml.safe_dump({**config, "cache": {}}), encoding="utf-8")

    assert json.loads(without.stdout)["cache"] is None
    assert json.loads(run(keeping, asked(text), "--json").stdout)["cache"] == why
    assert f"its answer {said}" in run(keeping, asked(text)).stdout


def test_where_nobody_is_asked_it_is_the_exit_code(gateway: Path) -> None:
    """1, with the code of the refusal."""
    result = run(gateway, asked("hello") | {"model": "nobody"}, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["refusal"]["code"] == "model.unknown"


def test_what_is_no_request_is_a_wrong_use(gateway: Path) -> None:
    """The code of what is wrong with it is named."""
    result = run(gateway, "{")

    assert result.exit_code == 2
    assert "body.not_json" in result.output


def test_the_route_class_is_said_with_its_numbers(gateway: Path) -> None:
    """For machines and for people; the plan is that of the class."""
    config = yaml.safe_load(gateway.read_text(encoding="utf-8"))
    config["semantic"] = {"classes": str(shipped(SHIPPED) / "classes.yaml"), "deadline_ms": 5000}
    config["models"][0] |= {
        "objective": "semantic",
        "classes": {"short_factual": {"objective": "latency", "prefer": ["eu"]}},
    }
    path = gateway.parent / "semantic.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    body = asked("Which river flows through Prague?")

    machine = run(path, body, "--json")

    told = json.loads(machine.stdout)
    assert told["objective"] == "latency"
    assert told["route_class"]["name"] == "short_factual"
    assert 0.23 <= told["route_class"]["similarity"] <= 1.0
    assert entries(machine)["assistant", "eu"] == 1
    measured = RouteClass(name="c", by=Sorted.CLOSE, similarity=0.5, margin=0.0125)
    assert sorted_line(measured) == "class c (close): similarity 0.500, margin 0.013"
    assert sorted_line(RouteClass(name="c", by=Sorted.LATE)) == "class c (late)"


def test_who_is_near_is_said(gateway: Path, tmp_path: Path) -> None:
    """Of equals the one in the gateway's own zone comes first, and both forms say why."""
    config = yaml.safe_load(gateway.read_text(encoding="utf-8"))
    config["deployments"] = [own("us", "US", "0.1"), own("eu", "DE", "0.1", zone="b")]
    config["models"] = [{"name": "assistant", "deployments": ["us", "eu"]}]
    config |= {"zone": "b", "policies": str(gateway.parent / "policies")}
    near = tmp_path / "gateway.yaml"
    near.write_text(yaml.safe_dump(config), encoding="utf-8")

    told = json.loads(run(near, asked("hello"), "--json").stdout)["deployments"]

    assert [(e["deployment"], e["near"]) for e in told] == [("eu", True), ("us", False)]
    assert "same zone" in run(near, asked("hello")).stdout
