"""A sidecar that could be gone round, read, or lost is refused by name."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from guardrail_gw.inject.refused import InjectError
from guardrail_gw.inject.text import injected
from tests.house.sources import ROOT, names, rows
from tests.support.manifests import CRON_JOB, DEPLOYMENT, PLAIN, TEMPLATE, UNIX, sidecar

CLAIM = {"durability": "local", "spool": {"kind": "claim", "claim": "audit"}}
SECRET_VOLUME = [{"name": "v", "secret": {"secretName": "guardrail-gw-keys"}}]
PROJECTED = [
    {"name": "v", "projected": {"sources": [{"secret": {"name": "guardrail-gw-credentials"}}]}}
]
MOUNTED: dict[str, Any] = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}

REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("inject.spool_not_lasting", {"durability": "local"}, {}, {}),
    ("inject.spool_not_lasting", {"durability": "both"}, {}, {}),
    ("inject.claim_shared", CLAIM, {}, {}),
    ("inject.template_needs_statefulset", TEMPLATE, {}, {}),
    ("inject.plain_stops_first", {"form": "plain"}, {}, {}),
    ("inject.plain_ends_never", PLAIN, {"restartPolicy": "OnFailure"}, {}),
    ("inject.shared_namespace", {}, {"hostNetwork": True}, {}),
    ("inject.shared_namespace", {}, {"hostPID": True}, {}),
    ("inject.shared_namespace", {}, {"shareProcessNamespace": True}, {}),
    ("inject.name_taken", {}, {}, {"name": "guardrail-gw"}),
    ("inject.name_taken", {}, {"volumes": [{"name": "guardrail-gw-keys", "emptyDir": {}}]}, {}),
    ("inject.port_taken", {}, {}, {"ports": [{"containerPort": 14080}]}),
    ("inject.port_taken", UNIX, {}, {"ports": [{"containerPort": 14081}]}),
    ("inject.port_taken", {}, {}, {"ports": [{"containerPort": 80, "name": "gw-probe"}]}),
    (
        "inject.variable_taken",
        {},
        {},
        {"env": [{"name": "OPENAI_BASE_URL", "value": "https://api.openai.com/v1"}]},
    ),
    (
        "inject.variable_taken",
        {},
        {},
        {"env": [{"name": "OPENAI_BASE_URL", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]},
    ),
    ("inject.secret_in_app", {}, {"volumes": SECRET_VOLUME}, MOUNTED),
    ("inject.secret_in_app", {}, {"volumes": PROJECTED}, MOUNTED),
    (
        "inject.secret_in_app",
        {},
        {},
        {"envFrom": [{"secretRef": {"name": "guardrail-gw-credentials"}}]},
    ),
    (
        "inject.secret_in_app",
        {"collectorTls": "tls"},
        {},
        {"env": [{"name": "K", "valueFrom": {"secretKeyRef": {"name": "tls", "key": "k"}}}]},
    ),
    (
        "inject.secret_in_app",
        {},
        {},
        {"volumeMounts": [{"name": "guardrail-gw-spool", "mountPath": "/v"}]},
    ),
]


def changed(spec: dict[str, Any], container: dict[str, Any]) -> dict[str, Any]:
    """The Deployment, with a pod and a first container that are not so innocent."""
    found: dict[str, Any] = yaml.safe_load(DEPLOYMENT)
    found["spec"]["template"]["spec"] |= spec
    found["spec"]["template"]["spec"]["containers"][0] |= container
    return found


@pytest.mark.parametrize(("code", "values", "spec", "container"), REFUSED)
def test_what_would_undo_the_sidecar_is_refused(
    code: str, values: dict[str, Any], spec: dict[str, Any], container: dict[str, Any]
) -> None:
    """Each with its code, the workload's name, and what to do."""
    text = yaml.safe_dump(changed(spec, container))

    with pytest.raises(InjectError, match=f"^{code}: Deployment assistant: ") as refused:
        injected(text, sidecar(**values))

    assert refused.value.code == code
    assert refused.value.exit_code == 2


def test_an_injected_application_is_watched_as_well() -> None:
    """Who mounts the keys into the application afterwards is refused the next time."""
    found = yaml.safe_load(injected(DEPLOYMENT, sidecar()).text)
    found["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = [
        {"name": "guardrail-gw-keys", "mountPath": "/keys"}
    ]

    with pytest.raises(InjectError, match=r"inject\.secret_in_app"):
        injected(yaml.safe_dump(found), sidecar())


@pytest.mark.parametrize(
    "change",
    [
        {"replicas": 1, "strategy": {"type": "Recreate"}},
        None,
    ],
)
def test_a_claim_that_one_pod_has_alone_is_fine(change: dict[str, Any] | None) -> None:
    """One replica that is stopped before the next one starts; and a CronJob of one pod."""
    found = yaml.safe_load(DEPLOYMENT if change else CRON_JOB)
    found["spec"] |= change or {"concurrencyPolicy": "Forbid"}

    made = injected(yaml.safe_dump(found), sidecar(**CLAIM)).text

    assert "claimName: audit" in made


def test_cron_jobs_that_may_overlap_share_no_claim() -> None:
    """Kubernetes starts the next one beside one that still runs, unless it is forbidden."""
    with pytest.raises(InjectError, match=r"inject\.claim_shared"):
        injected(CRON_JOB, sidecar(**CLAIM))


@pytest.mark.parametrize(
    "values",
    [
        {"image": "guardrail-gw:1"},
        {"image": "guardrail-gw@sha256:abc"},
        {"probePort": 14080},
        {"probePort": 80},
        {"spool": {"kind": "claim"}},
        {"spool": {"kind": "emptyDir", "claim": "x"}},
        {"spool": {"size": "64Mx"}},
        {"baseUrls": {"A B": ""}},
        {"baseUrls": {"A": "//evil.example"}},
        {"user": 0},
        {"keys": "Not_A_Name"},
        {"unknown": 1},
    ],
)
def test_values_that_make_no_sidecar_are_refused(values: dict[str, Any]) -> None:
    """A tag, one port for two, no quantity, root, and what has no name of Kubernetes'."""
    with pytest.raises(ValidationError):
        sidecar(**values)


def test_every_refusal_is_documented() -> None:
    """docs/kubernetes.md lists exactly the codes that sources raise."""
    text = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    documented = [names(row[0])[0] for row in rows(text)]

    raised = {
        word.strip('"')
        for path in (ROOT / "guardrail_gw" / "inject").glob("*.py")
        for word in path.read_text(encoding="utf-8").replace("(", " ").replace(",", " ").split()
        if word.startswith('"inject.')
    }
    assert {code for code in documented if code.startswith("inject.")} == raised
