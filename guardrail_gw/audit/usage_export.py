"""What a provider says it was used for: exports of OpenAI, of Anthropic, and tables of any form.

Sources: https://platform.openai.com/docs/api-reference/usage/completions (buckets with
`start_time` and `results`), https://docs.claude.com/en/api/admin-api/usage-cost/get-messages-usage-
report (buckets with `starting_at` and `results`). Pure: bytes in, rows out.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from guardrail_gw.errors import GuardrailError

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "request_id": ("provider_request_id", "request_id", "x-request-id", "response_id"),
    "time": ("time", "timestamp", "created_at", "start_time", "starting_at", "usage_date", "date"),
    "model": ("model", "model_id", "model_version", "deployment"),
    "requests": ("requests", "num_model_requests", "num_requests", "n_requests"),
    "input_tokens": ("input_tokens", "prompt_tokens", "n_context_tokens_total"),
    "output_tokens": ("output_tokens", "completion_tokens", "n_generated_tokens_total"),
}
"""What a row may say, and what its columns are called where nobody says otherwise."""
_READ_BY_CLAUDE = ("uncached_input_tokens", "cache_read_input_tokens")
_MILLISECONDS = 10**11
"""From this number on, a time is in milliseconds: as seconds it would be the year 5138."""


class UsageExportError(GuardrailError):
    """An export that cannot be read as one."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One row: what was used of a model on a day, or by one request."""

    day: date
    model: str
    request_id: str | None = None
    requests: int | None = None
    """None: the provider does not count them."""
    input_tokens: int | None = None
    """All that the model read, cached or not."""
    output_tokens: int | None = None


def read_export(data: bytes, columns: Mapping[str, str] | None = None) -> list[Used]:
    """Read an export.

    Args:
        data: JSON as the providers' usage interfaces answer, a JSON list, JSON lines, or CSV with a
            heading.
        columns: field of `FIELDS` -> the column that holds it.

    Raises:
        UsageExportError: not of such a form, or a row has no day or a number that is none.
    """
    return [_used(row, columns or {}) for row in _rows(data)]


def _rows(data: bytes) -> Iterator[Mapping[str, Any]]:
    text = data.decode("utf-8-sig", "replace").strip()
    if not text.startswith(("{", "[")):
        yield from _table(text)
        return
    try:
        documents = _documents(text)
    except orjson.JSONDecodeError:
        raise UsageExportError("the export is neither JSON, nor JSON lines, nor CSV") from None
    for document in documents:
        buckets = document.get("data") if isinstance(document, dict) else None
        yield from _of_buckets(buckets) if isinstance(buckets, list) else (document,)


def _table(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        yield from csv.DictReader(io.StringIO(text, newline=""))
    except csv.Error:
        raise UsageExportError("the export is neither JSON, nor JSON lines, nor CSV") from None


def _documents(text: str) -> list[Any]:
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        return [orjson.loads(line) for line in text.splitlines() if line.strip()]
    return whole if isinstance(whole, list) else [whole]


def _of_buckets(buckets: list[Any]) -> Iterator[Mapping[str, Any]]:
    """A provider's buckets of time with results in each; a row without results is one itself."""
    for bucket in buckets:
        results = bucket.get("results") if isinstance(bucket, dict) else None
        for result in results if isinstance(results, list) else [bucket]:
            begun = {name: bucket[name] for name in ("start_time", "starting_at") if name in bucket}
            yield {**begun, **result}


def _used(row: object, columns: Mapping[str, str]) -> Used:
    if not isinstance(row, Mapping):
        raise UsageExportError("a row of the export is no object")
    said = {field: _said(row, field, columns) for field in FIELDS}
    if _READ_BY_CLAUDE[0] in row:
        said["input_tokens"] = _read_by_claude(row)
    model, request_id = said["model"], said["request_id"]
    return Used(
        day=_day(said["time"]),
        model=str(model) if model else "",
        request_id=str(request_id) if request_id else None,
        requests=_count(said["requests"]),
        input_tokens=_count(said["input_tokens"]),
        output_tokens=_count(said["output_tokens"]),
    )


def _said(row: Mapping[str, Any], field: str, columns: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    if field in columns:
        if columns[field] not in row:
            raise UsageExportError(f"the export has no column {columns[field]!r}")
        return row[columns[field]]
    return next((row[name] for name in FIELDS[field] if row.get(name) not in {None, ""}), None)


def _read_by_claude(row: Mapping[str, Any]) -> int:
    written = row.get("cache_creation") or {}
    parts = [row.get(name) for name in _READ_BY_CLAUDE]
    parts += written.values() if isinstance(written, Mapping) else [None]
    return sum(_count(part) or 0 for part in parts)


def _count(value: object) -> int | None:
    if value is None or value == "":
        return None
    try:
        number = int(str(value))
    except ValueError:
        raise UsageExportError("a number of the export is none") from None
    if number < 0:
        raise UsageExportError("a number of the export is below zero")
    return number


def _day(value: object) -> date:
    """Of a time in seconds or milliseconds since 1970, or in ISO 8601; in UTC."""
    text = str(value or "").strip()
    try:
        if text.replace(".", "", 1).isdigit():
            seconds = float(text) / (1000 if float(text) >= _MILLISECONDS else 1)
            return datetime.fromtimestamp(seconds, tz=UTC).date()
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise UsageExportError("a row of the export has no time that can be read") from None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
