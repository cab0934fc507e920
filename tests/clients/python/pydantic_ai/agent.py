"""pydantic-ai: an agent, whatever API its model speaks."""

import asyncio
from collections.abc import Callable

from contact import Contact
from pydantic_ai import Agent
from pydantic_ai.models import Model
from stage import Ask, perform, told


class Speaking:
    """The scenarios, with what makes a model of a name."""

    def __init__(self, made: Callable[[str], Model]) -> None:
        self._made = made
        perform(
            {
                "plain": self.plain,
                "streamed": self.streamed,
                "tools": self.tools,
                "tools-streamed": self.tools_streamed,
                "turns": self.turns,
                "structured": self.structured,
            }
        )

    def plain(self, ask: Ask) -> dict:
        """One question, one answer."""
        return told(self._agent(ask).run_sync(ask.text).output)

    def streamed(self, ask: Ask) -> dict:
        """The deltas of a stream."""
        return asyncio.run(self._streamed(ask, self._agent(ask), []))

    def tools(self, ask: Ask) -> dict:
        """A round of tools; the client itself calls the function."""
        heard = []
        result = self._equipped(ask, heard).run_sync(ask.text)
        return told(result.output, heard=heard)

    def tools_streamed(self, ask: Ask) -> dict:
        """The same, streamed."""
        heard = []
        return asyncio.run(self._streamed(ask, self._equipped(ask, heard), heard))

    def turns(self, ask: Ask) -> dict:
        """Two questions, the second with the first and its answer before it."""
        agent = self._agent(ask)
        first = agent.run_sync(ask.text)
        second = agent.run_sync(ask.more, message_history=first.all_messages())
        return told(second.output, first=first.output)

    def structured(self, ask: Ask) -> dict:
        """Output in a type, which the model gives by calling a tool."""
        result = self._agent(ask, output_type=Contact).run_sync(ask.text)
        return told(form=result.output.model_dump())

    def _agent(self, ask: Ask, **more: object) -> Agent:
        return Agent(self._made(ask.model), **more)

    def _equipped(self, ask: Ask, heard: list[str]) -> Agent:
        def look_up(text: str) -> str:
            """Looks something up."""
            heard.append(text)
            return ask.result

        return self._agent(ask, tools=[look_up])

    async def _streamed(self, ask: Ask, agent: Agent, heard: list[str]) -> dict:
        async with agent.run_stream(ask.text) as run:
            pieces = [piece async for piece in run.stream_text(delta=True, debounce_by=None)]
        return told("".join(pieces), pieces=len(pieces), heard=heard)
