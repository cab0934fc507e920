"""langchain-openai: chat completions."""

from langchain_openai import ChatOpenAI
from langchain_stage import Speaking
from stage import KEY, URL

Speaking(lambda name: ChatOpenAI(model=name, base_url=f"{URL}/v1", api_key=KEY))
