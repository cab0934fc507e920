"""The Helm library chart and `guardrail-gw inject` have one effect."""

from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

from guardrail_gw.inject.text import injected
from guardrail_gw.inject.values import Sidecar
from tests.support.charts import LIBRARY, application, rendered
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
from tests.unit.inject.test_checks import REFUSED, changed

FORMS: list[dict[str, Any]] = [
    {},
    UNIX,
    PLAIN,
    PLAIN | UNIX,
    {"collectorTls": "gw-client", "probePort": 15000, "drainSeconds": 90, "logLevel": "debug"},
    {"credentials": None, "user": 1234, "spool": {"size": "1Gi"}},
    {
        "listen": {"port": 9999},
        "baseUrls": {"OPENAI_BASE_URL": "/x", "ANTHROPIC_BASE_URL": None, "LLM_URL": "/v1"},
        "resources": {"requests": {"memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    },
    {"image": "guardrail-gw:1", "allowTag": True, "keys": "other-keys"},
]


def by_helm(folder: Path, workload: str, values: dict[str, Any]) -> Any:
    """What the library chart makes of a workload."""
    given = {"image": IMAGE, "durability": "remote"} | values
    chart = application(folder / "application", workload)
    return rendered(chart, {"guardrail-gw-sidecar": given})[0]


@pytest.mark.parametrize("values", FORMS)
@pytest.mark.parametrize("workload", [DEPLOYMENT, STATEFUL_SET, CRON_JOB])
def test_both_make_the_same_of_a_workload(
    tmp_path: Path, workload: str, values: dict[str, Any]
) -> None:
    """For each form and each workload: every field, and the order of containers."""
    if workload == CRON_JOB and values.get("form") == "plain":
        pytest.skip("an ordinary container would keep the job from ending")

    assert by_helm(tmp_path, workload, values) == yaml.safe_load(
        injected(workload, sidecar(**values)).text
    )


def test_both_give_a_stateful_set_its_claims(tmp_path: Path) -> None:
    """Size and class of a template's claims."""
    spool = {"kind": "template", "size": "9Gi", "storageClass": "fast"}
    values = TEMPLATE | {"spool": spool}

    assert by_helm(tmp_path, STATEFUL_SET, values) == yaml.safe_load(
        injected(STATEFUL_SET, sidecar(**values)).text
    )


def test_both_mount_a_claim_that_is_there(tmp_path: Path) -> None:
    """For one pod that is stopped before the next one starts."""
    workload = DEPLOYMENT.replace("replicas: 2", "replicas: 1\n  strategy: {type: Recreate}")
    values = {"durability": "both", "spool": {"kind": "claim", "claim": "audit"}}

    assert by_helm(tmp_path, workload, values) == yaml.safe_load(
        injected(workload, sidecar(**values)).text
    )


@pytest.mark.parametrize(("code", "values", "spec", "container"), REFUSED)
def test_both_refuse_the_same(
    tmp_path: Path,
    code: str,
    values: dict[str, Any],
    spec: dict[str, Any],
    container: dict[str, Any],
) -> None:
    """Rendering fails with the code that the command gives."""
    workload = yaml.safe_dump(changed(spec, container))

    with pytest.raises(helm_python.HelmError, match=f"{code}: Deployment assistant"):
        by_helm(tmp_path, workload, values)


@pytest.mark.parametrize("image", ["", "guardrail-gw:1", f"{IMAGE}0"])
def test_an_image_is_said_by_digest(tmp_path: Path, image: str) -> None:
    """A tag can be pointed elsewhere."""
    with pytest.raises(helm_python.HelmError, match="say it by digest"):
        by_helm(tmp_path, DEPLOYMENT, {"image": image})


def test_both_begin_with_the_same_defaults() -> None:
    """The chart's values are those of the command, with `` for what is not there."""
    chart = yaml.safe_load((LIBRARY / "values.yaml").read_text(encoding="utf-8"))
    ours = Sidecar(image=IMAGE, durability="local").model_dump(by_alias=True, exclude_none=True)

    def without_nothing(value: dict[str, Any]) -> dict[str, Any]:
        return {
            key: without_nothing(each) if isinstance(each, dict) and key != "baseUrls" else each
            for key, each in value.items()
            if each != "" and key != "image"
        }

    assert without_nothing(chart) == without_nothing(ours)
