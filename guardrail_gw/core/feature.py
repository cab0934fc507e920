"""What a request may ask of a provider beyond an answer: each takes the text somewhere else."""

from enum import StrEnum


class Feature(StrEnum):
    """One way in which a field of the client decides where the text goes or stays."""

    STORAGE = "storage"
    """The provider keeps the exchange, for the client or for its cache."""
    ROUTING = "routing"
    """The client, and not the gateway, chooses who answers behind an aggregator."""
    WEB_SEARCH = "web_search"
    """The provider sends queries made of the text to a search engine."""
    HOSTED_TOOLS = "hosted_tools"
    """The provider runs tools or plug-ins, its own or on servers that the request names."""
