"""Signatures of AWS, held to those that AWS publishes."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.upstreams.sigv4 import Keys, Place, Signable, authorization, stamp

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "sigv4" / "cases.json").read_text(encoding="utf-8")
)
KEYS = Keys(
    access_key_id=PUBLISHED["access_key_id"], secret_access_key=PUBLISHED["secret_access_key"]
)
PLACE = Place(region=PUBLISHED["region"], service=PUBLISHED["service"])


@pytest.mark.parametrize("case", PUBLISHED["cases"], ids=lambda case: case["name"])
def test_signatures_are_those_that_aws_publishes(case: dict[str, Any]) -> None:
    """Methods, paths, queries, headers, bodies and session tokens of the published suite."""
    path, _, query = case["target"].partition("?")
    request = Signable(
        method=case["method"],
        path=path,
        query=query,
        headers=[(name, value) for name, value in case["headers"]],
        body_sha256=hashlib.sha256(case["body"].encode()).hexdigest(),
    )

    assert authorization(KEYS, PLACE, request, "20150830T123600Z") == case["authorization"]


def test_a_quoted_path_is_quoted_again() -> None:
    """Services other than S3 sign what is sent, quoted once more, so `%3A` and `:` differ."""
    sent = [
        Signable(method="POST", path=path, headers=(("host", "h"),), body_sha256="")
        for path in ("/model/a:0/converse", "/model/a%3A0/converse", "/model/a%3A0/converse")
    ]

    one, two, three = (authorization(KEYS, PLACE, each, "20150830T123600Z") for each in sent)

    assert one != two == three


def test_a_time_is_written_as_aws_writes_it() -> None:
    """In UTC, to the second."""
    assert stamp(datetime(2015, 8, 30, 12, 36, tzinfo=UTC)) == "20150830T123600Z"


def test_keys_do_not_show_themselves() -> None:
    """The id is no secret, the others are."""
    keys = Keys(access_key_id="AKID", secret_access_key="hush", session_token="quiet")

    assert repr(keys) == "Keys(access_key_id='AKID')"
