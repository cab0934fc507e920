"""The scenarios of LangChain, the same for every model class."""

from collections.abc import Callable

from contact import Contact
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from stage import Ask, perform, told


@tool
def look_up(text: str) -> str:
    """Looks something up."""
    return text


class Speaking:
    """The scenarios, with what makes a model of a name."""

    def __init__(self, made: Callable[[str], BaseChatModel]) -> None:
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
        return told(self._made(ask.model).invoke(ask.text).text)

    def streamed(self, ask: Ask) -> dict:
        """The chunks of a stream."""
        pieces = [c.text for c in self._made(ask.model).stream(ask.text) if c.text]
        return told("".join(pieces), pieces=len(pieces))

    def tools(self, ask: Ask) -> dict:
        """A round of tools."""
        model = self._made(ask.model).bind_tools([look_up])
        return _round(ask, model.invoke)

    def tools_streamed(self, ask: Ask) -> dict:
        """The same, put together from streams by the client."""
        model = self._made(ask.model).bind_tools([look_up])

        def put_together(messages: list) -> object:
            first, *rest = model.stream(messages)
            return sum(rest, start=first)

        return _round(ask, put_together)

    def turns(self, ask: Ask) -> dict:
        """Two questions, the second with the first and its answer before it."""
        model, asked = self._made(ask.model), HumanMessage(ask.text)
        first = model.invoke([asked])
        second = model.invoke([asked, first, HumanMessage(ask.more)])
        return told(second.text, first=first.text)

    def structured(self, ask: Ask) -> dict:
        """An answer that the client parses."""
        model = self._made(ask.model).with_structured_output(Contact)
        return told(form=model.invoke(ask.text).model_dump())


def _round(ask: Ask, answered: Callable) -> dict:
    asked = HumanMessage(ask.text)
    first = answered([asked])
    results = [ToolMessage(ask.result, tool_call_id=call["id"]) for call in first.tool_calls]
    answer = answered([asked, first, *results])
    return told(answer.text, heard=[call["args"]["text"] for call in first.tool_calls])
