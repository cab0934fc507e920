"""The dialect as one object: it is asked, and its answers are read; no client speaks it."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from guardrail_gw.core.exchange import BARE, Head
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.bedrock_converse.answer import StreamReader, WholeReader
from guardrail_gw.dialects.parsed import Bodies

NAME: Final = "bedrock_converse"
CONVERSE: Final = "/converse"
STREAM: Final = "/converse-stream"


@dataclass(frozen=True, slots=True)
class BedrockConverse(Bodies):
    """Converse and ConverseStream."""

    name: str = NAME
    path: str = CONVERSE

    def address(self, head: Head, model: str) -> str:
        """The model stands in the path, quoted: profiles' names have colons, ARNs slashes."""
        return f"/model/{quote(model, safe='')}{self.operation(head)}"

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - the seam's
        """A fresh reader for one answer."""
        return StreamReader() if stream else WholeReader()
