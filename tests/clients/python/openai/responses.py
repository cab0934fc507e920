"""The openai client: responses."""

import json

import openai
from contact import Contact
from stage import KEY, PARAMETERS, URL, Ask, perform, told

CLIENT = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY)
LOOK_UP = {
    "type": "function",
    "name": "look_up",
    "description": "Looks something up.",
    "strict": True,
    "parameters": PARAMETERS,
}


def plain(ask: Ask) -> dict:
    """One question, one answer."""
    return told(CLIENT.responses.create(model=ask.model, input=ask.text).output_text)


def streamed(ask: Ask) -> dict:
    """The deltas of a stream."""
    stream = CLIENT.responses.create(model=ask.model, input=ask.text, stream=True)
    pieces = [e.delta for e in stream if e.type == "response.output_text.delta"]
    return told("".join(pieces), pieces=len(pieces))


def tools(ask: Ask) -> dict:
    """A round of tools."""
    return _round(ask, _whole)


def tools_streamed(ask: Ask) -> dict:
    """The same, put together from streams by the client."""
    return _round(ask, _put_together)


def _whole(ask: Ask, items: list) -> object:
    return CLIENT.responses.create(model=ask.model, input=items, tools=[LOOK_UP])


def _put_together(ask: Ask, items: list) -> object:
    with CLIENT.responses.stream(model=ask.model, input=items, tools=[LOOK_UP]) as stream:
        stream.until_done()
        return stream.get_final_response()


def _round(ask: Ask, create) -> dict:  # noqa: ANN001 - either of the two above
    items = [{"role": "user", "content": ask.text}]
    calls = create(ask, items).output
    items += [call.model_dump(exclude={"parsed_arguments"}) for call in calls]
    items += [
        {"type": "function_call_output", "call_id": c.call_id, "output": ask.result} for c in calls
    ]
    answer = create(ask, items)
    return told(answer.output_text, heard=[json.loads(c.arguments)["text"] for c in calls])


def turns(ask: Ask) -> dict:
    """Two questions, the second with the first and its answer before it."""
    asked = {"role": "user", "content": ask.text}
    first = CLIENT.responses.create(model=ask.model, input=[asked])
    second = CLIENT.responses.create(
        model=ask.model, input=[asked, *first.output, {"role": "user", "content": ask.more}]
    )
    return told(second.output_text, first=first.output_text)


def structured(ask: Ask) -> dict:
    """An answer that the client parses."""
    answer = CLIENT.responses.parse(model=ask.model, input=ask.text, text_format=Contact)
    return told(form=answer.output_parsed.model_dump())


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
