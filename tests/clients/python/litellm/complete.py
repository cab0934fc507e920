"""The litellm client, whatever API it is told to speak."""

import json

import litellm
from contact import Contact
from stage import KEY, PARAMETERS, URL, Ask, perform, told

LOOK_UP = {
    "type": "function",
    "function": {"name": "look_up", "description": "Looks it up.", "parameters": PARAMETERS},
}


def user(text: str) -> dict:
    """A message of the user's."""
    return {"role": "user", "content": text}


class Speaking:
    """The scenarios.

    Args:
        prefix: what litellm knows the API by.
        path: the end of the base URL, as litellm wants it.
    """

    def __init__(self, prefix: str, path: str = "") -> None:
        self._prefix, self._base = prefix, URL + path
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
        return told(self._message(ask, [user(ask.text)]).content)

    def streamed(self, ask: Ask) -> dict:
        """The deltas of a stream."""
        chunks = self._complete(ask, [user(ask.text)], stream=True)
        pieces = [piece for c in chunks if (piece := c.choices[0].delta.content)]
        return told("".join(pieces), pieces=len(pieces))

    def tools(self, ask: Ask) -> dict:
        """A round of tools."""
        return self._round(ask, self._message)

    def tools_streamed(self, ask: Ask) -> dict:
        """The same, put together from streams by the client."""
        return self._round(ask, self._put_together)

    def turns(self, ask: Ask) -> dict:
        """Two questions, the second with the first and its answer before it."""
        first = self._message(ask, [user(ask.text)])
        second = self._message(ask, [user(ask.text), first, user(ask.more)])
        return told(second.content, first=first.content)

    def structured(self, ask: Ask) -> dict:
        """An answer in a schema; litellm leaves it to the application to parse it."""
        message = self._message(ask, [user(ask.text)], response_format=Contact)
        return told(form=Contact.model_validate_json(message.content).model_dump())

    def _round(self, ask: Ask, message) -> dict:  # noqa: ANN001 - one of the two below
        asked = [user(ask.text)]
        first = message(ask, asked, tools=[LOOK_UP])
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": ask.result}
            for call in first.tool_calls
        ]
        heard = [json.loads(call.function.arguments)["text"] for call in first.tool_calls]
        said = message(ask, [*asked, first, *results], tools=[LOOK_UP]).content
        return told(said, heard=heard)

    def _message(self, ask: Ask, messages: list, **more: object) -> litellm.Message:
        return self._complete(ask, messages, **more).choices[0].message

    def _put_together(self, ask: Ask, messages: list, **more: object) -> litellm.Message:
        chunks = list(self._complete(ask, messages, stream=True, **more))
        return litellm.stream_chunk_builder(chunks).choices[0].message

    def _complete(self, ask: Ask, messages: list, **more: object) -> litellm.ModelResponse:
        return litellm.completion(
            model=f"{self._prefix}/{ask.model}",
            messages=messages,
            api_base=self._base,
            api_key=KEY,
            **more,
        )
