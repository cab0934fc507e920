"""What was used of one budget or rate is forgotten: on record first, then in the store."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from guardrail_gw.audit import acts
from guardrail_gw.audit.configured import acts as acts_of
from guardrail_gw.core.allowance import Allowance, Budget
from guardrail_gw.core.amounts import shown_usd
from guardrail_gw.core.counting import Standing
from guardrail_gw.core.ports import Clock, Counters as Store
from guardrail_gw.core.window import window
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.secret_files import REDACTION_KEY, read_secret
from guardrail_gw.routing.claims import Counters, Whose, counters_of
from guardrail_gw.settings import Settings
from guardrail_gw.state.arranged import arranged_counters
from guardrail_gw.state.seal import StateKey
from guardrail_gw.upstreams.credentials import secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What is forgotten of one counter."""

    allowance: Allowance
    whose: Whose
    amount: int = 0
    """In the unit of a budget; a rate fills again by itself."""
    window: str = ""
    """Of a budget, which one it is: `2026-11`."""

    @property
    def told(self) -> dict[str, str]:
        """The same in words of the configuration, without whose it is."""
        if not isinstance(self.allowance, Budget):
            return {"kind": "rate"}
        is_money = self.allowance.is_money
        return {
            "kind": "budget",
            "used": shown_usd(self.amount) if is_money else str(self.amount),
            "unit": "usd" if is_money else "tokens",
            "window": self.window,
        }


def allowance_of(settings: Settings, id_: str) -> Allowance:
    """The budget or the rate of that name, if somebody else than its gateway can reset it.

    Raises:
        ConfigError: there is none, there are two, or it is counted within each process.
    """
    config = settings.gateway
    found: list[Allowance] = [each.budget() for each in config.budgets if each.id == id_]
    found += [each.rate() for each in config.rates if each.id == id_]
    if len(found) != 1:
        which = "a budget and a rate are called" if found else "no budget and no rate is called"
        raise ConfigError(f"{settings.path}: {which} {id_!r}")
    if config.state.store == "memory":
        raise ConfigError(
            f"{settings.path}: state.store: memory counts within each process, where nobody else"
            " gets at it; it begins anew when the process does"
        )
    return found[0]


async def reset(
    settings: Settings, clock: Clock, allowance: Allowance, whose: Whose, said: Mapping[str, str]
) -> Used | None:
    """Record it, then do it.

    Args:
        settings: of the gateways that count it.
        clock: by which its window is told.
        allowance: what is reset.
        whose: which of its counters, as `Allowance.whose` would say.
        said: who does it, on what ground; sealed.

    Returns:
        What was used until then; None: nothing was, so that there is nothing to do.

    Raises:
        ConfigError: keys or the address of the store are not there.
        LedgerDownError: it cannot be recorded, so it was not done.
        StateDown: it was not done, or nobody knows; to do it again does no harm.
    """
    keys = settings.resolve(settings.gateway.audit.keys)
    label = StateKey(await asyncio.to_thread(read_secret, keys / REDACTION_KEY)).counter
    log = await asyncio.to_thread(acts_of, settings, clock)
    counters = counters_of(allowance, whose, clock.now_us(), label)
    store = await asyncio.to_thread(
        arranged_counters,
        *(settings, clock, lambda name, at: secret(name, at, settings.resolve).value, Standing()),
    )
    try:
        await store.start()
        used = await _used(store, counters, clock, allowance, whose)
        if isinstance(allowance, Budget) and not used.amount:
            return None
        told = {"allowance": allowance.id, "of": dict(whose), **used.told}
        await log.record([acts.reset({**said, **told})])
        await _forget(store, counters, allowance)
        return used
    finally:
        await store.close()


async def _used(
    store: Store, counters: Counters, clock: Clock, allowance: Allowance, whose: Whose
) -> Used:
    if not isinstance(allowance, Budget):
        return Used(allowance=allowance, whose=whose)
    found = await store.used(counters.home, counters.names)
    here = window(allowance.every, allowance.zone, clock.now_us())
    return Used(allowance=allowance, whose=whose, amount=sum(found.values()), window=here.name)


async def _forget(store: Store, counters: Counters, allowance: Allowance) -> None:
    if isinstance(allowance, Budget):
        await store.begin_anew(counters.home, (*counters.names, *counters.marks))
    else:
        await store.begin_anew(counters.home, (), counters.names)
