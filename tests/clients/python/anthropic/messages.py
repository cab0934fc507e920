"""The anthropic client: Messages."""

from collections.abc import Callable

import anthropic
from contact import Contact
from stage import KEY, PARAMETERS, URL, Ask, perform, told

CLIENT = anthropic.Anthropic(base_url=URL, api_key=KEY)
LOOK_UP = {"name": "look_up", "description": "Looks it up.", "input_schema": PARAMETERS}
MOST = 1024


def user(content: str | list) -> dict:
    """A message of the user's."""
    return {"role": "user", "content": content}


def create(model: str, *messages: dict, **more: object) -> anthropic.types.Message:
    """A whole answer."""
    return CLIENT.messages.create(model=model, max_tokens=MOST, messages=messages, **more)


def put_together(model: str, *messages: dict, **more: object) -> anthropic.types.Message:
    """An answer that the client puts together from a stream."""
    with CLIENT.messages.stream(model=model, max_tokens=MOST, messages=messages, **more) as stream:
        return stream.get_final_message()


def plain(ask: Ask) -> dict:
    """One question, one answer."""
    return told(create(ask.model, user(ask.text)).content[0].text)


def streamed(ask: Ask) -> dict:
    """The deltas of a stream."""
    with CLIENT.messages.stream(
        model=ask.model, max_tokens=MOST, messages=[user(ask.text)]
    ) as stream:
        pieces = list(stream.text_stream)
    return told("".join(pieces), pieces=len(pieces))


def tools(ask: Ask, create: Callable = create) -> dict:
    """A round of tools."""
    calls = create(ask.model, user(ask.text), tools=[LOOK_UP]).content
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": ask.result} for call in calls
    ]
    said = {"role": "assistant", "content": calls}
    answer = create(ask.model, user(ask.text), said, user(results), tools=[LOOK_UP])
    return told(answer.content[0].text, heard=[call.input["text"] for call in calls])


def tools_streamed(ask: Ask) -> dict:
    """The same, put together from streams by the client."""
    return tools(ask, put_together)


def turns(ask: Ask) -> dict:
    """Two questions, the second with the first and its answer before it."""
    first = create(ask.model, user(ask.text))
    said = {"role": "assistant", "content": first.content}
    second = create(ask.model, user(ask.text), said, user(ask.more))
    return told(second.content[0].text, first=first.content[0].text)


def structured(ask: Ask) -> dict:
    """An answer that the client parses."""
    answer = CLIENT.messages.parse(
        model=ask.model, max_tokens=MOST, messages=[user(ask.text)], output_format=Contact
    )
    return told(form=answer.parsed_output.model_dump())


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
