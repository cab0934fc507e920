"""What gateways' books say, read from their store as another gateway would."""

from decimal import Decimal
from pathlib import Path

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.core.allowance import Asked
from guardrail_gw.core.amounts import NANO
from guardrail_gw.core.identity import Principal
from guardrail_gw.keys.secret_files import REDACTION_KEY, read_secret
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.routing.arranged import arranged_accounts
from guardrail_gw.settings import Settings
from guardrail_gw.standin.meter import Meter


async def spent_usd(path: Path, who: Principal, budget: str) -> Decimal:
    """What of a budget of money is used now by chat requests of somebody, exact.

    Args:
        path: the gateway.yaml of any of those that share the store.
        who: asks for the model `assistant`.
        budget: its id.
    """
    settings = Settings.load(path)

    def reveal(_: str, place: SecretConfig) -> str:
        return settings.resolve(place.file or "").read_text(encoding="utf-8")

    key = read_secret(settings.resolve(settings.gateway.audit.keys) / REDACTION_KEY)
    accounts = arranged_accounts(settings, SystemClock(), key, reveal, lambda *_: None)
    assert accounts is not None
    await accounts.start()
    try:
        asked = Asked(principal=who, endpoint="openai_chat", model="assistant")
        return Decimal((await accounts.used(asked))[budget]) / NANO
    finally:
        await accounts.close()


def metered_usd(meter: Meter, price: Decimal) -> Decimal:
    """What a stand-in asks to be paid for: `price` is US dollars per million tokens of any kind."""
    tokens = sum(each.read + each.written for each in meter.models.values())
    return tokens * price / 1_000_000
