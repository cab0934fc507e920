"""Secrets: keys of services, labelled strings, connection strings; and what stands for one."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.detection.rules import api_key, labelled_secret, password
from guardrail_gw.detection.rules.labelled_secret import entropy
from guardrail_gw.detection.rules.placeholders import is_placeholder

STAND_INS = [
    "YOUR_API_KEY",
    "your-api-key-here",
    "xxxxxxxxxxxxxxxxxxxxxxxx",
    "${API_KEY}",
    "<token>",
    "{{ secrets.TOKEN }}",
    "%API_KEY%",
    "****************",
    "process.env.TOKEN_1",
    "os.environ[1]",
    "sk-...",
]


@pytest.mark.parametrize("value", STAND_INS)
def test_what_stands_for_a_secret_is_none(value: str) -> None:
    """Names of variables, dots and examples are not blocked, beside whatever label."""
    texts = [f"api_key={value}", f"token: {value}", f"password={value};", f"Bearer {value}"]

    found = [
        finding
        for text in texts
        for rule in (api_key.RULE, labelled_secret.RULE, password.RULE)
        for finding in rule.find(text)
    ]

    assert is_placeholder(value)
    assert found == []


@given(
    value=st.text(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=40, max_size=40
    )
)
def test_a_random_string_beside_its_label_is_a_secret(value: str) -> None:
    """Any string random enough is found whole, whatever separates it from its label."""
    digits = sum(map(str.isdigit, value))
    is_random = 2 <= digits < 40 and entropy(value) >= 3.2 and not is_placeholder(value)

    spans = [
        [(f.start, f.end) for f in labelled_secret.RULE.find(head + value)]
        for head in ("api_key=", 'secret_key: "', "Authorization: Bearer ")
    ]

    expected = [
        [(len(head), len(head) + 40)]
        for head in ("api_key=", 'secret_key: "', "Authorization: Bearer ")
    ]
    assert spans == (expected if is_random else [[], [], []])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://app:s3cr3t-pw@db:5432/x", "s3cr3t-pw"),
        ("amqp://guest:gu3st@mq", "gu3st"),
        ("redis://:r3dis-pw@cache:6379/0", "r3dis-pw"),
        ("Server=db;User Id=sa;Pwd=Str0ng;", "Str0ng"),
        ("jdbc:sqlserver://h;user=a;password=Hush9;", "Hush9"),
        ("SharedAccessKey=" + "a1B2" * 10 + "=", "a1B2" * 10 + "="),
    ],
)
def test_a_connection_string_gives_its_password(text: str, secret: str) -> None:
    """Only the password is secret; host and database stay readable."""
    (finding, *_) = sorted(password.RULE.find(text), key=lambda f: -f.score)

    assert text[finding.start : finding.end] == secret
    assert finding.score == 0.9
