"""What the chart, Kustomize and `inject` make would be taken by a cluster, and would work."""

import copy
import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml

from guardrail_gw.cli.collect import command as collect
from guardrail_gw.cli.serve import command as serve
from guardrail_gw.inject.text import injected
from guardrail_gw.settings import Gateway
from tests.house.sources import ROOT
from tests.support.charts import CHART, rendered
from tests.support.cluster import Tree, containers, faults, pods
from tests.support.manifests import (
    CRON_JOB,
    DEPLOYMENT,
    IMAGE,
    PLAIN,
    STATEFUL_SET,
    TEMPLATE,
    UNIX,
    sidecar,
)

VERSIONS = [f"1.{minor}" for minor in range(29, 38)]
BEYOND = {"ServiceMonitor", "PodMonitor", "PrometheusRule"}
"""Kinds of an operator's own; their schemas are not Kubernetes'."""
SECRETS = "/etc/guardrail-gw/credentials"
CONFIG: Tree = {
    "models": [{"name": "assistant", "deployments": ["openai-eu"]}],
    "deployments": [
        {"id": "openai-eu", "provider": "openai", "region": "eu", "model": "gpt-4.1-mini"}
        | {"credential": "openai"}
    ],
    "credentials": {"openai": {"file": f"{SECRETS}/openai"}},
}
POLICIES = {"policy.yaml": (ROOT / "policies" / "default" / "policy.yaml").read_text("utf-8")}
TIER: Tree = {"image": IMAGE, "gateway": {"config": CONFIG, "policies": POLICIES}}
GATEWAYS = [{"certificate": "gw-1.internal", "origin": "guardrail-gw/x+1+AA"}]
WHOLE: Tree = {
    "image": IMAGE,
    "gateway": {
        "config": CONFIG
        | {
            "mcp": {
                "servers": [
                    {
                        "id": "crm",
                        "url": "http://crm.tools.svc:8080/mcp",
                        "headers": {"authorization": {"file": f"{SECRETS}/crm-token"}},
                    }
                ]
            },
            "webhook": {
                "url": "https://hooks.example/budgets",
                "secret": {"file": f"{SECRETS}/webhook"},
            },
            "telemetry": {
                "endpoint": "https://otlp.example",
                "storage": ["DE"],
                "headers": {"authorization": {"file": f"{SECRETS}/otlp"}},
            },
            "audit": {
                "collector": {
                    "url": "https://gw-guardrail-gw-collector:8443",
                    "key": "collector.internal+2601ff95+BG7VkeEtB6vsGtpJEVPOGJlIlGKWACXdU+K/YbiQ7",
                    "authority": "/etc/guardrail-gw/collector-tls/ca.crt",
                    "certificate": "/etc/guardrail-gw/collector-tls/tls.crt",
                    "private_key": "/etc/guardrail-gw/collector-tls/tls.key",
                }
            },
        },
        "policies": POLICIES,
        "durability": "remote",
        "spool": {"kind": "emptyDir"},
        "collectorTls": "guardrail-gw-client",
        "autoscaling": {"enabled": True},
    },
    "collector": {"enabled": True, "gateways": GATEWAYS, "owner": "guardrail-gw-owner"},
    "networkPolicy": {
        "monitoring": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "collectorEgress": [
            {
                "ports": [{"port": 5432, "protocol": "TCP"}],
                "to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}],
            }
        ],
        "applications": ["shop", "desk"],
    },
    "monitoring": {
        "serviceMonitor": True,
        "podMonitor": True,
        "rules": True,
        "dashboard": True,
        "runbookBase": "https://git.example/guardrail-gw/docs/",
        "labels": {"release": "prometheus"},
    },
}
INJECTED: list[tuple[str, Tree]] = [
    (DEPLOYMENT, {}),
    (DEPLOYMENT, UNIX),
    (DEPLOYMENT, PLAIN),
    (STATEFUL_SET, TEMPLATE),
    (CRON_JOB, {"collectorTls": "gw-client"}),
]


def sets() -> list[list[Tree]]:
    """Every set of objects that is made here, but for Kustomize's."""
    return [
        rendered(CHART, TIER),
        rendered(CHART, WHOLE),
        rendered(CHART, TIER | {"networkPolicy": {"enabled": False}}),
        *([yaml.safe_load(injected(text, sidecar(**v)).text)] for text, v in INJECTED),
    ]


def unlike() -> list[Tree]:
    """Each object of all sets once, but for operators' own kinds."""
    found = {json.dumps(each, sort_keys=True): each for objects in sets() for each in objects}
    return [each for each in found.values() if each["kind"] not in BEYOND]


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_would_take_it(version: str) -> None:
    """By the schema of each version, with no unknown field."""
    for each in unlike():
        kubernetes_validate.validate(each, version, strict=True)


def test_it_would_work() -> None:
    """By the rules that no schema has: `tests/support/cluster.py`."""
    assert [fault for objects in sets() for fault in faults(objects)] == []


@pytest.mark.allow_blocking
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.parametrize("example", ["tier", "sidecar"])
def test_the_examples_of_kustomize_would_work(example: str) -> None:
    """Each builds, is taken by the oldest and the newest version, and has no fault."""
    folder = ROOT / "deploy" / "kustomize" / "example" / example
    built = subprocess.run(
        ["kubectl", "kustomize", str(folder)],  # noqa: S607 - wherever it is installed
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert built.returncode == 0, built.stderr
    objects = list(yaml.safe_load_all(built.stdout))

    for each in objects:
        if each["kind"] not in BEYOND:
            kubernetes_validate.validate(each, VERSIONS[0], strict=True)
            kubernetes_validate.validate(each, VERSIONS[-1], strict=True)
    assert faults(objects) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"image": "guardrail-gw:1"}, "say it by digest"),
        ({"gateway": {"spool": {"kind": "emptyDir"}}}, r"deploy\.spool_not_lasting"),
        (
            {"gateway": {"durability": "both", "spool": {"kind": "emptyDir"}}},
            r"deploy\.spool_not_lasting",
        ),
        ({"gateway": {"policies": None}}, r"deploy\.no_policies"),
        ({"gateway": {"config": {"listen": {"port": 1}}}}, r"deploy\.said_twice: .*listen"),
        ({"gateway": {"config": {"audit": {"directory": "x"}}}}, r"said_twice: .*audit\.directory"),
        ({"gateway": {"config": {"limits": {"drain_s": 1}}}}, r"said_twice: .*limits\.drain_s"),
        ({"collector": {"enabled": True}}, r"deploy\.no_gateways"),
    ],
)
def test_the_chart_refuses_what_cannot_be_right(values: Tree, said: str) -> None:
    """A log that goes with its pod, no policy, a thing said in two places."""
    given = copy.deepcopy(TIER)
    for key, value in values.items():
        if isinstance(value, dict):
            given[key] = given.get(key, {}) | value
        else:
            given[key] = value

    with pytest.raises(helm_python.HelmError, match=said):
        rendered(CHART, given)


def test_helm_finds_nothing_to_say() -> None:
    """`helm lint --strict`, with the values of an installation."""
    report = helm_python.lint(CHART, TIER, strict=True, with_subcharts=True)

    assert [m for m in report["messages"] if m["severity"] > 1] == []


def test_the_chart_carries_every_alert() -> None:
    """The rules of deploy/alerts.yaml, with whole addresses of their runbooks."""
    rule = _of(rendered(CHART, WHOLE), "PrometheusRule", "gw")
    wanted = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text(encoding="utf-8"))
    base = WHOLE["monitoring"]["runbookBase"]
    for each in (each for group in wanted["groups"] for each in group["rules"]):
        each["annotations"]["runbook_url"] = base + each["annotations"]["runbook_url"]

    assert rule["spec"] == wanted


@pytest.mark.skipif(
    "probe" not in Gateway.model_fields, reason="gateway.yaml has no listener for probes yet"
)
@pytest.mark.parametrize("values", [TIER, WHOLE])
def test_the_charts_gateway_yaml_is_one(values: Tree) -> None:
    """It is what the gateway reads; what the values say is in it."""
    config = yaml.safe_load(_config(rendered(CHART, values)))

    read = Gateway.model_validate_json(json.dumps(config), strict=True)

    assert (read.listen.port, read.limits.drain_s) == (8443, 300)
    assert read.audit.lasting is (values is TIER)


@pytest.mark.skipif(
    "--profile" not in {name for p in serve.params for name in p.opts},
    reason="`guardrail-gw serve` has no profiles yet",
)
def test_every_option_that_a_container_is_started_with_exists() -> None:
    """Of `serve` and of `collect`; a misspelt one would end every pod at its start."""
    known = {name for p in serve.params for name in p.opts}
    for group in (collect.commands[name] for name in ("run", "migrate")):
        known |= {name for p in group.params for name in p.opts}
    used = {
        word
        for objects in sets()
        for _, pod in pods(objects)
        for container in containers(pod)
        for word in container.get("args", ())
        if word.startswith("--")
    }

    assert used - known == set()


def _config(objects: list[Tree]) -> str:
    return next(
        str(each["data"]["gateway.yaml"])
        for each in objects
        if each["kind"] == "ConfigMap" and "gateway.yaml" in each["data"]
    )


Change = Callable[[list[Tree]], Any]


def _of(objects: list[Tree], kind: str, part: str = "gateway") -> Any:
    return next(
        each for each in objects if each["kind"] == kind and each["metadata"]["name"].endswith(part)
    )


def _first(objects: list[Tree]) -> Tree:
    found: Tree = _of(objects, "StatefulSet")["spec"]["template"]["spec"]
    return found


TMP: Tree = {"mountPath": "/tmp"}  # noqa: S108 - a path in a container
FAULTS: list[tuple[str, Change]] = [
    ("asks a port that it does not have", lambda o: _gw(o)["ports"].pop()),
    ("two containers have one port", lambda o: _app(o, ports=[{"containerPort": 8443}])),
    ("which is not there", lambda o: _first(o)["volumes"].pop()),
    ("two volumes have one name", lambda o: _first(o)["volumes"].append(_first(o)["volumes"][0])),
    ("two volumes at one place", lambda o: _gw(o)["volumeMounts"].append({"name": "tmp"} | TMP)),
    ("never updated", lambda o: _gw(o)["volumeMounts"][0].update(subPath="gateway.yaml")),
    ("is not restricted", lambda o: _gw(o)["securityContext"].update(runAsNonRoot=False)),
    ("image that can change", lambda o: _gw(o).update(image="guardrail-gw:1")),
    ("could write to /etc/", lambda o: _gw(o)["volumeMounts"][0].pop("readOnly")),
    ("opens the pod", lambda o: _first(o).update(hostNetwork=True)),
    ("more memory than", lambda o: _gw(o)["resources"]["requests"].update(memory="9Gi")),
    ("is no quantity", lambda o: _gw(o)["resources"]["limits"].update(memory="64Mx")),
    ("no bound of memory", lambda o: _gw(o).update(resources={})),
    ("a volume has the size", lambda o: _first(o)["volumes"][-1].update(emptyDir={})),
    ("others may read", lambda o: _first(o)["volumes"][3]["secret"].update(defaultMode=420)),
    ("without fsGroup", lambda o: _first(o).update(securityContext={})),
    ("is given a Secret", lambda o: _app(o, volumeMounts=[{"name": "keys"} | TMP])),
    ("killed before the 620 s", lambda o: _first(o).update(terminationGracePeriodSeconds=600)),
    ("answers probes elsewhere", lambda o: _gw(o)["ports"][1].update(containerPort=8082)),
    ("listens elsewhere", lambda o: _gw(o)["ports"][0].update(containerPort=8444)),
    ("where nothing is mounted", lambda o: _gw(o)["volumeMounts"].pop(1)),
    ("does not match its own pods", lambda o: _labels(o).clear()),
    ("it selects no pod", lambda o: _of(o, "Service")["spec"]["selector"].update(x="y")),
    ("have no port", lambda o: _of(o, "Service")["spec"]["ports"][0].update(targetPort="http")),
    ("is not headless", lambda o: _of(o, "Service", "pods")["spec"].pop("clusterIP")),
    (
        "its selector matches no pod",
        lambda o: _of(o, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"].update(x="y"),
    ),
    ("lets everybody in", lambda o: _of(o, "NetworkPolicy")["spec"]["ingress"][0].pop("from")),
    ("out everywhere", lambda o: _of(o, "NetworkPolicy")["spec"]["egress"][0].pop("to")),
    ("do not count", lambda o: _of(o, "NetworkPolicy")["spec"]["policyTypes"].remove("Egress")),
    (
        "which its pods do not have",
        lambda o: _of(o, "NetworkPolicy")["spec"]["ingress"][0]["ports"][0].update(port=1),
    ),
    ("its name is no DNS label", lambda o: _of(o, "Service")["metadata"].update(name="A_gateway")),
    ("that a label may have", lambda o: _of(o, "Service")["metadata"]["labels"].update(x=" ")),
]


def _gw(objects: list[Tree]) -> Tree:
    found: Tree = _first(objects)["containers"][0]
    return found


def _app(objects: list[Tree], **more: Any) -> None:
    _first(objects)["containers"].append({"name": "app", "image": "x:1"} | more)


def _labels(objects: list[Tree]) -> Tree:
    found: Tree = _of(objects, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    return found


@pytest.mark.parametrize(("said", "change"), FAULTS, ids=[said for said, _ in FAULTS])
def test_every_rule_finds_its_fault(said: str, change: Change) -> None:
    """A fault that is planted in the tier is found; each rule was seen to bite."""
    objects = rendered(CHART, TIER)
    change(objects)

    assert [fault for fault in faults(objects) if said in fault]


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("never let the pod start", lambda c: c.pop("restartPolicy")),
        ("makes the application wait", lambda c: c.pop("startupProbe")),
    ],
)
def test_a_sidecar_that_would_not_do_is_found(said: str, change: Callable[[Tree], Any]) -> None:
    """What schemas let pass: an init container that never ends, and one nobody waits for."""
    found = yaml.safe_load(injected(DEPLOYMENT, sidecar()).text)
    change(containers(next(pods([found]))[1])[0])

    assert [fault for fault in faults([found]) if said in fault]
