"""The openai client: chat completions."""

import json

import openai
from contact import Contact
from stage import KEY, PARAMETERS, URL, Ask, perform, told

CLIENT = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY)
LOOK_UP = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks something up.",
        "parameters": PARAMETERS,
    },
}


def user(text: str) -> dict:
    """A message of the user's."""
    return {"role": "user", "content": text}


def plain(ask: Ask) -> dict:
    """One question, one answer."""
    answer = CLIENT.chat.completions.create(model=ask.model, messages=[user(ask.text)])
    return told(answer.choices[0].message.content)


def streamed(ask: Ask) -> dict:
    """The deltas of a stream."""
    stream = CLIENT.chat.completions.create(model=ask.model, messages=[user(ask.text)], stream=True)
    deltas = [c.choices[0].delta.content for c in stream if c.choices]
    pieces = [delta for delta in deltas if delta]
    return told("".join(pieces), pieces=len(pieces))


def tools(ask: Ask) -> dict:
    """A round of tools."""
    return _round(ask, _whole)


def tools_streamed(ask: Ask) -> dict:
    """The same, put together from streams by the client."""
    return _round(ask, _put_together)


def _whole(ask: Ask, messages: list) -> object:
    return CLIENT.chat.completions.create(model=ask.model, messages=messages, tools=[LOOK_UP])


def _put_together(ask: Ask, messages: list) -> object:
    with CLIENT.chat.completions.stream(
        model=ask.model, messages=messages, tools=[LOOK_UP]
    ) as stream:
        return stream.get_final_completion()


def _round(ask: Ask, create) -> dict:  # noqa: ANN001 - either of the two above
    messages = [user(ask.text)]
    message = create(ask, messages).choices[0].message
    calls = message.tool_calls
    messages.append(message)
    messages += [{"role": "tool", "tool_call_id": c.id, "content": ask.result} for c in calls]
    answer = create(ask, messages)
    heard = [json.loads(call.function.arguments)["text"] for call in calls]
    return told(answer.choices[0].message.content, heard=heard)


def turns(ask: Ask) -> dict:
    """Two questions, the second with the first and its answer before it."""
    first = CLIENT.chat.completions.create(model=ask.model, messages=[user(ask.text)])
    said = first.choices[0].message
    second = CLIENT.chat.completions.create(
        model=ask.model, messages=[user(ask.text), said, user(ask.more)]
    )
    return told(second.choices[0].message.content, first=said.content)


def structured(ask: Ask) -> dict:
    """An answer that the client parses."""
    answer = CLIENT.chat.completions.parse(
        model=ask.model, messages=[user(ask.text)], response_format=Contact
    )
    return told(form=answer.choices[0].message.parsed.model_dump())


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
