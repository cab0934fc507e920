"""Manifests get a sidecar, once, and nothing else changes."""

import copy
import difflib
from typing import Any

import pytest
import yaml

from guardrail_gw.inject.refused import InjectError
from guardrail_gw.inject.text import injected
from tests.support.manifests import (
    CRON_JOB,
    DEPLOYMENT,
    OLD_IMAGE,
    PLAIN,
    SERVICE,
    STATEFUL_SET,
    TEMPLATE,
    UNIX,
    sidecar,
)

FORMS: list[dict[str, Any]] = [
    {},
    UNIX,
    PLAIN,
    PLAIN | UNIX,
    {"image": OLD_IMAGE, "baseUrls": {"LLM_URL": "/v1"}, "credentials": None},
    {"collectorTls": "gw-client", "probePort": 15000, "drainSeconds": 90},
]


def pod(text: str) -> dict[str, Any]:
    """The pod's specification of the one workload."""
    found: dict[str, Any] = yaml.safe_load(text)
    spec: dict[str, Any] = found["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("values", FORMS)
@pytest.mark.parametrize("text", [DEPLOYMENT, STATEFUL_SET])
def test_the_same_again_changes_nothing(text: str, values: dict[str, Any]) -> None:
    """Byte for byte, however often."""
    once = injected(text, sidecar(**values)).text

    assert once != text
    assert injected(once, sidecar(**values)).text == once


@pytest.mark.parametrize("after", FORMS)
@pytest.mark.parametrize("before", FORMS)
def test_the_last_values_are_what_counts(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Whatever sidecar was there, another one leaves no trace of it."""
    twice = injected(injected(DEPLOYMENT, sidecar(**before)).text, sidecar(**after)).text

    assert unordered(twice) == unordered(injected(DEPLOYMENT, sidecar(**after)).text)


def unordered(text: str) -> Any:
    """A workload with its lists of names by name: an older entry keeps its place."""

    def by_name(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: by_name(each) for key, each in value.items()}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return sorted(map(by_name, value), key=lambda each: str(each.get("name")))
        return value

    return by_name(yaml.safe_load(text))


def test_only_lines_that_must_change_do() -> None:
    """Of a Deployment one line changes, the grace period; comments and layout stay."""
    made = injected(DEPLOYMENT, sidecar()).text

    gone = [
        line[2:].strip()
        for line in difflib.ndiff(DEPLOYMENT.splitlines(), made.splitlines())
        if line.startswith("- ")
    ]
    assert gone == ["terminationGracePeriodSeconds: 40  # seconds"]
    assert "terminationGracePeriodSeconds: 110  # seconds" in made
    assert made.index("# no volumes yet") < made.index("# end")


def test_what_is_no_workload_stays_byte_for_byte() -> None:
    """A Service between workloads, separators and comments after them are as they were."""
    text = f"---\n{SERVICE}--- # next\n{DEPLOYMENT}...\n---\n# nothing\n---\n{SERVICE}"

    made = injected(text, sidecar())

    assert made.text.startswith(f"---\n{SERVICE}--- # next\n")
    assert made.text.endswith(f"...\n---\n# nothing\n---\n{SERVICE}")
    assert made.workloads == ("Deployment assistant",)


def test_every_kind_of_workload_gets_it() -> None:
    """Deployments, StatefulSets, DaemonSets, Jobs, CronJobs, Pods, and what is in a List."""
    template = {"spec": {"containers": [{"name": "app", "image": "x:1"}]}}
    made = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, **copy.deepcopy(template)},
        *(
            {
                "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
                "kind": kind,
                "metadata": {"name": kind.lower()},
                "spec": {"template": copy.deepcopy(template)},
            }
            for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job")
        ),
        yaml.safe_load(CRON_JOB),
    ]
    text = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": made})

    done = injected(text, sidecar())

    assert len(done.workloads) == 6
    assert done.text.count("restartPolicy: Always") == 6


def test_a_job_ends_and_its_init_containers_are_served_too() -> None:
    """A native sidecar goes before what the application prepares, which then uses it."""
    spec = yaml.safe_load(injected(CRON_JOB, sidecar()).text)["spec"]["jobTemplate"]["spec"]
    ours, fetch = spec["template"]["spec"]["initContainers"]

    assert (ours["name"], ours["restartPolicy"]) == ("guardrail-gw", "Always")
    assert {"name": "OPENAI_BASE_URL", "value": "http://127.0.0.1:14080/v1"} in fetch["env"]


def test_the_application_waits_for_the_sidecar() -> None:
    """A native one has a startup probe of readiness; a plain one is first and its hook waits."""
    native = pod(injected(DEPLOYMENT, sidecar()).text)["initContainers"][0]
    plain = pod(injected(DEPLOYMENT, sidecar(**PLAIN)).text)["containers"][0]

    assert native["startupProbe"]["httpGet"] == {"path": "/readyz", "port": "gw-probe"}
    assert plain["name"] == "guardrail-gw"
    assert plain["lifecycle"]["postStart"]["exec"]["command"][:2] == ["guardrail-gw", "ready"]
    assert "restartPolicy" not in plain


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ({}, 40 + 70),
        ({"drainSeconds": 300}, 40 + 610),
        (PLAIN, 85),
        (PLAIN | {"drainSeconds": 5}, 60),
        ({"drainSeconds": 5}, 40 + 45),
    ],
)
def test_the_pod_may_take_as_long_as_both_need(values: dict[str, Any], seconds: int) -> None:
    """After one another if native, at once if plain: the application's time, draining, flushing."""
    assert pod(injected(DEPLOYMENT, sidecar(**values)).text)["terminationGracePeriodSeconds"] == (
        seconds
    )


def test_a_stateful_set_gets_a_claim_for_each_pod() -> None:
    """Its log lasts; the pod's own group is kept, since its volumes are that group's."""
    made = yaml.safe_load(injected(STATEFUL_SET, sidecar(**TEMPLATE)).text)["spec"]
    without = yaml.safe_load(
        injected(injected(STATEFUL_SET, sidecar(**TEMPLATE)).text, sidecar()).text
    )["spec"]

    claim = made["volumeClaimTemplates"][0]
    mounts = made["template"]["spec"]["initContainers"][0]["volumeMounts"]
    assert claim["metadata"]["name"] in {mount["name"] for mount in mounts}
    assert made["template"]["spec"]["securityContext"] == {"fsGroup": 2000}
    assert "volumeClaimTemplates" not in without


def test_a_socket_is_shared_and_nothing_else() -> None:
    """The application mounts the socket's folder, cannot write in it, and is told where it is."""
    spec = pod(injected(DEPLOYMENT, sidecar(**UNIX)).text)
    ours = spec["initContainers"][0]

    for container in spec["containers"]:
        assert container["volumeMounts"] == [
            {
                "name": "guardrail-gw-socket",
                "mountPath": "/run/guardrail-gw",
                "readOnly": True,
            }
        ]
        assert {"name": "GUARDRAIL_GW_SOCKET", "value": "/run/guardrail-gw/gateway.sock"} in (
            container["env"]
        )
    assert {"name": "guardrail-gw-socket", "mountPath": "/run/guardrail-gw"} in ours["volumeMounts"]


def test_an_author_can_say_no() -> None:
    """The annotation leaves a workload alone, and a file of nothing else is a file well read."""
    text = DEPLOYMENT.replace(
        "      labels:\n        app",
        "      annotations: {guardrail-gw/inject: 'false'}\n      labels:\n        app",
    )

    made = injected(text, sidecar())

    assert made.text == text
    assert made.left_alone == ("Deployment assistant",)


@pytest.mark.parametrize("text", [SERVICE, "", "# nothing\n"])
def test_a_file_without_workloads_is_a_mistake(text: str) -> None:
    """Whoever pipes the wrong file learns of it."""
    with pytest.raises(InjectError, match=r"inject\.nothing"):
        injected(text, sidecar())
