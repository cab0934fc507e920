"""langchain-anthropic: Messages."""

from langchain_anthropic import ChatAnthropic
from langchain_stage import Speaking
from stage import KEY, URL

Speaking(lambda name: ChatAnthropic(model=name, base_url=URL, api_key=KEY))
