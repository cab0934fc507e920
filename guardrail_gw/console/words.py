"""What codes and numbers are called on a page."""

from datetime import UTC, datetime

from guardrail_gw.audit.index.entry import NANO
from guardrail_gw.audit.verify import Verdict

ENDINGS = {
    "ok": "answered",
    "blocked": "blocked by policy",
    "refused": "refused",
    "provider_error": "the provider failed",
    "timeout": "no answer in time",
    "client_cancel": "the client went away",
    "truncated": "the answer broke off",
    "unknown": "no outcome on record",
}
ENTITIES = {
    "PERSON": "Name of a person",
    "EMAIL_ADDRESS": "E-mail address",
    "PHONE_NUMBER": "Telephone number",
    "IBAN_CODE": "Bank account (IBAN)",
    "CREDIT_CARD": "Payment card",
    "LOCATION": "Place or address",
    "ORGANIZATION": "Organisation",
    "DATE_TIME": "Date or time",
    "IP_ADDRESS": "IP address",
    "NRP": "Nationality, religion or politics",
    "URL": "Web address",
}
CODES = {
    "policy.blocked": "the policy forbids sending what was found",
    "policy.provider_feature": "it asked the provider for something the policy does not allow",
    "residency.no_lawful_upstream": "no deployment lies within the places the policy allows",
    "auth.unknown_key": "nobody knows the key",
    "auth.too_many_attempts": "too many attempts without a known key",
    "audit.unavailable": "the record could not be written, so nothing was sent",
    "detection.unavailable": "personal data could not be looked for, so nothing was sent",
    "detection.timeout": "personal data was not looked for in time, so nothing was sent",
    "model.unknown": "no such model",
    "content.unsupported": "content that cannot be looked into",
}
_HEADLINES = {
    Verdict.OK: (
        "This log is intact",
        "Every record is in its place, unchanged, and covered by a signed checkpoint.",
    ),
    Verdict.TAMPERED: (
        "This log was changed",
        "Something is not what the gateway wrote. What follows the first finding is unproved.",
    ),
    Verdict.INCOMPLETE: (
        "Something is missing",
        "Nothing contradicts what was written, but the record has holes. They are listed below.",
    ),
    Verdict.UNVERIFIABLE: (
        "This log cannot be verified",
        "With the keys and files that are here nobody can say whether it is what was written.",
    ),
}
SHORT = {
    Verdict.OK: "Intact",
    Verdict.TAMPERED: "Changed",
    Verdict.INCOMPLETE: "Incomplete",
    Verdict.UNVERIFIABLE: "Not verifiable",
}
_SECOND_US = 1_000_000
_MILLISECOND_US = 1_000
_CENT = NANO // 100


def headline(verdict: Verdict) -> tuple[str, str]:
    """A verdict as one line and one sentence."""
    return _HEADLINES[verdict]


def entity(code: str) -> str:
    """A kind of personal data as people say it."""
    return ENTITIES.get(code, code.replace("_", " ").capitalize() if code.isupper() else code)


def moment(ts_us: int) -> str:
    """A time, in UTC, to the second."""
    return datetime.fromtimestamp(ts_us / _SECOND_US, tz=UTC).strftime("%-d %b %Y, %H:%M:%S")


def day(ts_us: int) -> str:
    """The day of a time, in UTC."""
    return datetime.fromtimestamp(ts_us / _SECOND_US, tz=UTC).strftime("%-d %b %Y")


def stamp(ts_us: int) -> str:
    """A time for machines: ISO 8601."""
    return datetime.fromtimestamp(ts_us / _SECOND_US, tz=UTC).isoformat(timespec="milliseconds")


def lasting(duration_us: int | None) -> str:
    """How long something took."""
    if duration_us is None:
        return "-"
    if duration_us >= _SECOND_US:
        return f"{duration_us / _SECOND_US:.1f} s"
    return f"{max(1, duration_us // _MILLISECOND_US)} ms"


def money(nano: int | None) -> str:
    """US dollars, rounded for reading."""
    if nano is None:
        return "-"
    if 0 < nano < _CENT:
        return f"${nano / NANO:.6f}".rstrip("0")
    return f"${nano / NANO:,.2f}"


def count(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
