"""openai-agents: agents over Responses; base URL and key come from its environment variables."""

import asyncio
import os

from contact import Contact
from stage import KEY, URL, Ask, perform, told

os.environ |= {"OPENAI_BASE_URL": f"{URL}/v1", "OPENAI_API_KEY": KEY}

from agents import Agent, Runner, function_tool

LOOP = asyncio.new_event_loop()
"""The client keeps connections, which belong to one loop."""


def agent(ask: Ask, **more: object) -> Agent:
    """An agent on the scenario's model."""
    return Agent(name="clerk", instructions="You help.", model=ask.model, **more)


def plain(ask: Ask) -> dict:
    """One question, one answer."""
    return told(LOOP.run_until_complete(Runner.run(agent(ask), ask.text)).final_output)


def streamed(ask: Ask) -> dict:
    """The deltas of a stream."""
    return LOOP.run_until_complete(_streamed(ask, agent(ask), []))


def tools(ask: Ask) -> dict:
    """A round of tools; the client itself calls the function."""
    heard = []
    result = LOOP.run_until_complete(Runner.run(_equipped(ask, heard), ask.text))
    return told(result.final_output, heard=heard)


def tools_streamed(ask: Ask) -> dict:
    """The same, streamed."""
    heard = []
    return LOOP.run_until_complete(_streamed(ask, _equipped(ask, heard), heard))


async def _streamed(ask: Ask, clerk: Agent, heard: list[str]) -> dict:
    run = Runner.run_streamed(clerk, ask.text)
    data = [e.data async for e in run.stream_events() if e.type == "raw_response_event"]
    pieces = [d.delta for d in data if d.type == "response.output_text.delta"]
    return told("".join(pieces), pieces=len(pieces), heard=heard)


def _equipped(ask: Ask, heard: list[str]) -> Agent:
    @function_tool
    def look_up(text: str) -> str:
        """Looks something up."""
        heard.append(text)
        return ask.result

    return agent(ask, tools=[look_up])


def turns(ask: Ask) -> dict:
    """Two questions, the second with the first and its answer before it."""
    first = LOOP.run_until_complete(Runner.run(agent(ask), ask.text))
    more = {"role": "user", "content": ask.more}
    second = LOOP.run_until_complete(Runner.run(agent(ask), [*first.to_input_list(), more]))
    return told(second.final_output, first=first.final_output)


def structured(ask: Ask) -> dict:
    """An answer that the client parses."""
    result = LOOP.run_until_complete(Runner.run(agent(ask, output_type=Contact), ask.text))
    return told(form=result.final_output.model_dump())


perform(
    {
        "plain": plain,
        "streamed": streamed,
        "tools": tools,
        "tools-streamed": tools_streamed,
        "turns": turns,
        "structured": structured,
    }
)
