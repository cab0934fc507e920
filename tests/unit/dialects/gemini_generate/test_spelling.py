from guardrail_gw.dialects.gemini_generate.spelling import folded, said, spelled, spellings
from guardrail_gw.dialects.walk import free


def test_names_have_two_spellings() -> None:
    """Camel case and snake case; a name of one word has one."""
    assert spellings("responseJsonSchema") == ("responseJsonSchema", "response_json_schema")
    assert spelled({"topK": free, "text": free}).keys() == {"topK", "top_k", "text"}


def test_members_are_found_in_either_spelling() -> None:
    """Both, if both are there; none of what is no object."""
    both = {"topK": 1, "top_k": 2, "text": 3}

    assert list(said(both, "topK", "text", "other")) == [("topK", 1), ("top_k", 2), ("text", 3)]
    assert list(said(["topK"], "topK")) == []


def test_names_are_compared_without_case_and_underscores() -> None:
    """So that no other spelling slips past a table."""
    assert {folded(name) for name in ("mcpServers", "mcp_servers", "MCPServers")} == {"mcpservers"}
