"""instructor over the openai client: chat completions."""

import instructor
import openai
from contact import Contact
from stage import KEY, URL, Ask, perform, told

CLIENT = instructor.from_openai(openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY))


def user(text: str) -> dict:
    """A message of the user's."""
    return {"role": "user", "content": text}


def plain(ask: Ask) -> dict:
    """One question, one answer, with nothing to read it into."""
    answer = CLIENT.create(model=ask.model, messages=[user(ask.text)], response_model=None)
    return told(answer.choices[0].message.content)


def streamed(ask: Ask) -> dict:
    """The deltas of a stream, with nothing to read it into."""
    stream = CLIENT.create(
        model=ask.model, messages=[user(ask.text)], response_model=None, stream=True
    )
    pieces = [piece for c in stream if (piece := c.choices[0].delta.content)]
    return told("".join(pieces), pieces=len(pieces))


def turns(ask: Ask) -> dict:
    """Two questions, the second with the first and its answer before it."""
    first = plain(ask)["said"]
    said = {"role": "assistant", "content": first}
    second = CLIENT.create(
        model=ask.model, messages=[user(ask.text), said, user(ask.more)], response_model=None
    )
    return told(second.choices[0].message.content, first=first)


def structured(ask: Ask) -> dict:
    """An answer that the client reads into a type."""
    contact = CLIENT.create(model=ask.model, messages=[user(ask.text)], response_model=Contact)
    return told(form=contact.model_dump())


perform(
    {
        "plain": plain,
        "streamed": streamed,
        "turns": turns,
        "structured": structured,
    }
)
