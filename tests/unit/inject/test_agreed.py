"""gateway.yaml and the pod say the same, or it is told what differs."""

import copy
from typing import Any

import pytest
import yaml

from guardrail_gw.inject.agreed import check_config
from guardrail_gw.inject.refused import InjectError
from tests.house.sources import ROOT
from tests.support.manifests import TEMPLATE, UNIX, sidecar

EXAMPLE: dict[str, Any] = yaml.safe_load(
    (ROOT / "deploy" / "kustomize" / "example" / "sidecar" / "gateway.yaml").read_text("utf-8")
)


def changed(**fields: Any) -> dict[str, Any]:
    """The example, with some fields as `listen__port=1`; None takes one away."""
    config = copy.deepcopy(EXAMPLE)
    for name, value in fields.items():
        *path, last = name.split("__")
        place = config
        for step in path:
            place = place.setdefault(step, {})
        place.pop(last, None) if value is None else place.update({last: value})
    return config


def test_the_example_fits_its_sidecar() -> None:
    """With a claim for each pod; and with a socket, where both say so."""
    check_config(EXAMPLE, sidecar(**TEMPLATE))
    on_a_socket = changed(listen={"unix": "/run/guardrail-gw/gateway.sock"})
    check_config(on_a_socket, sidecar(**TEMPLATE, **UNIX))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (changed(listen__port=8080), "listen.port has to be 14080"),
        (changed(listen__port=None), "listen.port has to be 14080"),
        (changed(listen__host="0.0.0.0"), "other pods can use the sidecar"),  # noqa: S104 - the fault
        (changed(listen={"unix": "/run/x.sock"}), "do not ask for"),
        (changed(probe__host="127.0.0.1"), "kubelet asks from outside"),
        (changed(probe__port=1), "probe.port has to be 14081"),
        (changed(probe=None), "probe.port has to be 14081"),
        (changed(limits__drain_s=31), "limits.drain_s is more than the 30 s"),
        (changed(limits__drain_delay_s=1), "limits.drain_delay_s is more than the 0 s"),
        (changed(audit__lasting=False), "audit.lasting does not fit"),
        (changed(policies="policies"), "policies has to be /etc/guardrail-gw/policies"),
        (changed(audit__keys="keys"), "audit.keys has to be"),
        (changed(audit__directory="/tmp/audit"), "below /var/lib/guardrail-gw"),  # noqa: S108 - the fault
    ],
)
def test_what_differs_is_said(config: dict[str, Any], said: str) -> None:
    """Each field with what it has to be."""
    with pytest.raises(InjectError, match=said) as refused:
        check_config(config, sidecar(**TEMPLATE))

    assert refused.value.code == "inject.config_disagrees"


@pytest.mark.parametrize("config", [None, [], "x", {"kind": "Collector"}])
def test_another_file_is_no_configuration(config: object) -> None:
    """A file of another kind is not compared."""
    with pytest.raises(InjectError, match=r"no gateway\.yaml"):
        check_config(config, sidecar(**TEMPLATE))
