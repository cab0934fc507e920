"""The google-genai client: generateContent."""

from contact import Contact
from google import genai
from google.genai import types
from stage import KEY, URL, Ask, perform, told

CLIENT = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=URL))


def plain(ask: Ask) -> dict:
    """One question, one answer."""
    return told(CLIENT.models.generate_content(model=ask.model, contents=ask.text).text)


def streamed(ask: Ask) -> dict:
    """The parts of a stream."""
    parts = CLIENT.models.generate_content_stream(model=ask.model, contents=ask.text)
    pieces = [part.text for part in parts if part.text]
    return told("".join(pieces), pieces=len(pieces))


def tools(ask: Ask) -> dict:
    """A round of tools; the client itself calls the function."""
    heard = []
    answer = CLIENT.models.generate_content(
        model=ask.model, contents=ask.text, config=_offering(ask, heard)
    )
    return told(answer.text, heard=heard)


def tools_streamed(ask: Ask) -> dict:
    """The same, streamed."""
    heard = []
    parts = CLIENT.models.generate_content_stream(
        model=ask.model, contents=ask.text, config=_offering(ask, heard)
    )
    return told("".join(part.text or "" for part in parts), heard=heard)


def _offering(ask: Ask, heard: list[str]) -> types.GenerateContentConfig:
    def look_up(text: str) -> str:
        """Looks something up."""
        heard.append(text)
        return ask.result

    return types.GenerateContentConfig(tools=[look_up])


def turns(ask: Ask) -> dict:
    """Two questions of one chat."""
    chat = CLIENT.chats.create(model=ask.model)
    first = chat.send_message(ask.text).text
    return told(chat.send_message(ask.more).text, first=first)


def structured(ask: Ask) -> dict:
    """An answer that the client parses."""
    config = types.GenerateContentConfig(
        response_mime_type="application/json", response_schema=Contact
    )
    answer = CLIENT.models.generate_content(model=ask.model, contents=ask.text, config=config)
    return told(form=answer.parsed.model_dump())


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
