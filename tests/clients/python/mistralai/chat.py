"""The mistralai client: chat completions."""

import json

from contact import Contact
from mistralai.client import Mistral
from stage import KEY, PARAMETERS, URL, Ask, perform, told

CLIENT = Mistral(server_url=URL, api_key=KEY)
LOOK_UP = {
    "type": "function",
    "function": {"name": "look_up", "description": "Looks it up.", "parameters": PARAMETERS},
}


def user(text: str) -> dict:
    """A message of the user's."""
    return {"role": "user", "content": text}


def plain(ask: Ask) -> dict:
    """One question, one answer."""
    answer = CLIENT.chat.complete(model=ask.model, messages=[user(ask.text)])
    return told(answer.choices[0].message.content)


def streamed(ask: Ask) -> dict:
    """The deltas of a stream."""
    with CLIENT.chat.stream(model=ask.model, messages=[user(ask.text)]) as stream:
        deltas = [c.data.choices[0].delta.content for c in stream if c.data.choices]
    pieces = [delta for delta in deltas if delta]
    return told("".join(pieces), pieces=len(pieces))


def tools(ask: Ask) -> dict:
    """A round of tools."""
    asked = user(ask.text)
    first = CLIENT.chat.complete(model=ask.model, messages=[asked], tools=[LOOK_UP])
    message = first.choices[0].message
    results = [
        {"role": "tool", "tool_call_id": c.id, "name": "look_up", "content": ask.result}
        for c in message.tool_calls
    ]
    answer = CLIENT.chat.complete(
        model=ask.model, messages=[asked, message, *results], tools=[LOOK_UP]
    )
    heard = [json.loads(call.function.arguments)["text"] for call in message.tool_calls]
    return told(answer.choices[0].message.content, heard=heard)


def turns(ask: Ask) -> dict:
    """Two questions, the second with the first and its answer before it."""
    first = CLIENT.chat.complete(model=ask.model, messages=[user(ask.text)])
    said = first.choices[0].message
    second = CLIENT.chat.complete(model=ask.model, messages=[user(ask.text), said, user(ask.more)])
    return told(second.choices[0].message.content, first=said.content)


def structured(ask: Ask) -> dict:
    """An answer that the client parses."""
    answer = CLIENT.chat.parse(Contact, model=ask.model, messages=[user(ask.text)])
    return told(form=answer.choices[0].message.parsed.model_dump())


perform(
    {
        "plain": plain,
        "streamed": streamed,
        "tools": tools,
        "turns": turns,
        "structured": structured,
    }
)
