"""One client through all scenarios."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.clients.conversation import Conversation, Silent, conversation
from tests.clients.elsewhere import Elsewhere
from tests.clients.environments import KEPT, Environment, NotMade, environment
from tests.clients.house import House
from tests.clients.judge import faults
from tests.clients.roster import Client
from tests.clients.scenarios import LIMITED, PAUSE_S, SCENARIOS, STATUS, Case, cases


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of one client."""

    client: Client
    faults: dict[str, list[str]] = field(default_factory=dict)
    """Scenario -> what is wrong; empty when it passed."""
    classes: dict[int, str] = field(default_factory=dict)
    """Status -> the error class that the client raised."""
    elsewhere: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not any(self.faults.values())

    def described(self) -> dict[str, Any]:
        """For `--json`."""
        cannot = self.client.without
        return {
            "client": self.client.id,
            "package": self.client.name,
            "version": self.client.version,
            "scenarios": {
                name: "cannot" if name in cannot else self.faults.get(name, ["not tried"]) or "ok"
                for name in SCENARIOS
            },
            "cannot": dict(cannot),
            "errors": {str(status): name for status, name in self.classes.items()},
            "elsewhere": self.elsewhere,
        }


class Trial:
    """Tries clients, one after the other.

    Args:
        house: what they ask.
        noted: whom they ask besides.
        folder: where scripts may leave files; one folder below it per client.
        seed: of the people.
    """

    def __init__(self, house: House, noted: Elsewhere, folder: Path, *, seed: str) -> None:
        self._house, self._noted, self._folder, self._seed = house, noted, folder, seed

    async def of(self, client: Client) -> Result:
        """Every scenario that the client can do."""
        result = Result(client=client)
        todo = list(self._cases(client))
        try:
            await self._converse(client, todo, result)
        except (NotMade, Silent) as error:
            told = [str(error)]
            for case in todo:
                result.faults.setdefault(case.scenario, told)
                told = ["not tried"]
        result.elsewhere = self._noted.hosts()
        return result

    def _cases(self, client: Client) -> Iterator[Case]:
        for case in cases(f"{self._seed} {client.id}"):
            if case.scenario not in client.without:
                yield case

    async def _converse(self, client: Client, todo: list[Case], result: Result) -> None:
        env = await environment(client)
        home = self._folder / client.id.replace("/", "-")
        home.mkdir(parents=True)
        log = KEPT / f"{client.id.replace('/', '-')}.stderr"
        async with conversation(env, self._variables(home, env), log) as script:
            for case in todo:
                if case.scenario == LIMITED:  # the client before may have left a pause
                    await asyncio.sleep(PAUSE_S)
                result.faults[case.scenario] = await self._try(script, case, result)

    def _variables(self, home: Path, env: Environment) -> Mapping[str, str]:
        gateway = {"GATEWAY_URL": self._house.url, "GATEWAY_KEY": self._house.key}
        packages = {"CLIENT_MODULES": str(env.modules)} if env.modules else {}
        return {**gateway, **packages, "HOME": str(home), **self._noted.variables}

    async def _try(self, script: Conversation, case: Case, result: Result) -> list[str]:
        self._house.seen()
        told = await script.ask(case.asked())
        if "error" in told and case.scenario in STATUS:
            result.classes[STATUS[case.scenario]] = told["error"]["class"]
        return faults(case, told, self._house.seen(), result.client)
