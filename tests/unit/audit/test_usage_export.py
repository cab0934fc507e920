"""What providers export of their use, read as rows."""

import json
from datetime import date

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.usage_export import UsageExportError, Used, read_export

DAY = date(2026, 3, 1)
OPENAI = {
    "object": "page",
    "data": [
        {
            "object": "bucket",
            "start_time": 1772323200,
            "end_time": 1772409600,
            "results": [
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": 1000,
                    "input_cached_tokens": 800,
                    "output_tokens": 500,
                    "num_model_requests": 5,
                    "model": "gpt-4.1-2025-04-14",
                    "batch": None,
                }
            ],
        }
    ],
    "has_more": False,
    "next_page": None,
}
ANTHROPIC = {
    "data": [
        {
            "starting_at": "2026-03-01T00:00:00Z",
            "ending_at": "2026-03-02T00:00:00Z",
            "results": [
                {
                    "uncached_input_tokens": 1500,
                    "cache_creation": {
                        "ephemeral_1h_input_tokens": 1000,
                        "ephemeral_5m_input_tokens": 500,
                    },
                    "cache_read_input_tokens": 200,
                    "output_tokens": 500,
                    "model": "claude-sonnet-4-20250514",
                }
            ],
        }
    ],
    "has_more": False,
}


def test_openai() -> None:
    """Buckets of a day: tokens with the cached ones in them, requests, the dated model."""
    assert read_export(json.dumps(OPENAI).encode()) == [
        Used(day=DAY, model="gpt-4.1-2025-04-14", requests=5, input_tokens=1000, output_tokens=500)
    ]


def test_anthropic() -> None:
    """Requests are not counted; what was read is the sum of its four kinds."""
    assert read_export(json.dumps(ANTHROPIC).encode()) == [
        Used(day=DAY, model="claude-sonnet-4-20250514", input_tokens=3200, output_tokens=500)
    ]


def test_a_table() -> None:
    """A table with a heading, a byte order mark and empty cells."""
    table = "\ufeffrequest_id,date,model,input_tokens,output_tokens\nq1,2026-03-01,m,7,\n"

    (row,) = read_export(table.encode())

    assert row == Used(day=DAY, model="m", request_id="q1", input_tokens=7)


def test_a_table_of_another_form() -> None:
    """Columns are named by whoever knows them; the others keep their usual names."""
    table = "when;who\n".replace(";", ",") + "1772323200123,m\n"

    (row,) = read_export(table.encode(), {"time": "when", "model": "who"})

    assert (row.day, row.model) == (DAY, "m")


def test_lines_and_lists() -> None:
    """JSON lines and a list of objects are the same rows."""
    rows = [{"date": "2026-03-01", "model": "a"}, {"date": "2026-03-02", "model": "b"}]
    lines = "\n".join(map(json.dumps, rows))

    assert read_export(lines.encode()) == read_export(json.dumps(rows).encode())


@pytest.mark.parametrize(
    ("time", "day"),
    [
        (1772323200, DAY),
        (1772323200.5, DAY),
        ("1772323200", DAY),
        (1772323200000, DAY),
        ("2026-03-01", DAY),
        ("2026-03-01T23:30:00-02:00", date(2026, 3, 2)),
        ("2026-03-01T23:30:00Z", DAY),
    ],
)
def test_times(time: object, day: date) -> None:
    """Seconds, milliseconds and ISO 8601 lead to the day in UTC."""
    (row,) = read_export(json.dumps([{"time": time, "model": "m"}]).encode())

    assert row.day == day


@pytest.mark.parametrize(
    "export",
    [
        b"[1]",
        b'[{"model":"m"}]',
        b'[{"time":"soon","model":"m"}]',
        b'[{"time":1e300,"model":"m"}]',
        b'[{"date":"2026-03-01","input_tokens":"many"}]',
        b'[{"date":"2026-03-01","input_tokens":-1}]',
        b"{broken",
    ],
)
def test_what_is_no_export(export: bytes) -> None:
    """It is refused with a word about why, never read as something else."""
    with pytest.raises(UsageExportError, match="export"):
        read_export(export)


def test_an_empty_export() -> None:
    """Nothing is no row."""
    assert read_export(b"") == []


def test_a_column_that_is_not_there() -> None:
    """A column that somebody named must exist."""
    with pytest.raises(UsageExportError, match="no column 'when'"):
        read_export(b"date,model\n2026-03-01,m\n", {"time": "when"})


@given(export=st.binary(max_size=300))
def test_any_bytes(export: bytes) -> None:
    """Whatever the bytes are, rows come out or a refusal."""
    try:
        rows = read_export(export)
    except UsageExportError:
        return
    assert all(isinstance(row, Used) for row in rows)
