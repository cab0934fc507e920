"""The modern era's ladder and headers, beside the SDK of the protocol, which only tests have."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, strategies as st
from mcp.shared import inbound

from guardrail_gw.dialects.mcp import eras, headers

VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["=?base64?YQ==?=", "=?base64?YR==?=", "=?base64?!?=", "=?base64??=", " a", "ä"]
    ),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), VALUES, st.just([1])
)
TOKENS = st.sampled_from(["Region", "region", "Tenant", "no token", "", 7])
KINDS = st.sampled_from(["string", "integer", "boolean", "number", ["string"], None])
LEAVES = st.fixed_dictionaries({"type": KINDS}, optional={"x-mcp-header": TOKENS})
OBJECTS: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            "items": inner,
            "anyOf": st.lists(inner, max_size=2),
            "$defs": st.dictionaries(st.just("d"), inner),
            "default": inner,
            "x-mcp-header": TOKENS,
        },
    ),
    max_leaves=8,
)
ARGUMENTS: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6
)
SAID = st.dictionaries(
    st.sampled_from(["Mcp-Param-Region", "mcp-param-tenant", "MCP-PARAM-REGION"]),
    st.one_of(VALUES, st.sampled_from(["true", "42", "42.0", "42.5", "1e3", "-0"])),
)


@given(value=VALUES)
def test_values_are_written_and_read_as_the_sdk_does(value: str) -> None:
    """Each reads what the other writes, and both refuse the same wrong wrappings."""
    assert headers.encoded(value) == inbound.encode_header_value(value)
    assert headers.decoded(value) == inbound.decode_header_value(value)
    assert headers.decoded(headers.encoded(value)) == value


@given(schema=OBJECTS)
def test_the_same_schemas_ask_for_headers_wrongly(schema: object) -> None:
    """A schema is at fault here exactly when it is there; else both want the same headers."""
    wrong = inbound.find_invalid_x_mcp_header(schema)

    assert (headers.fault(schema) is None) == (wrong is None)
    if wrong is None:
        wanted = {p.path: p.header.removeprefix("Mcp-Param-") for p in headers.params(schema)}
        assert wanted == inbound.x_mcp_header_map(schema)


@given(schema=OBJECTS, arguments=st.dictionaries(st.sampled_from("abc"), ARGUMENTS), said=SAID)
def test_arguments_and_headers_agree_as_the_sdk_says(
    schema: object, arguments: dict[str, Any], said: dict[str, str]
) -> None:
    """What is written for arguments is the same, and so is which headers contradict them."""
    wanted = headers.params(schema)

    if inbound.find_invalid_x_mcp_header(schema) is None:
        theirs = inbound.mcp_param_headers(inbound.x_mcp_header_map(schema), arguments)
        assert headers.written_params(wanted, arguments) == theirs
    rejected = inbound.validate_mcp_param_headers(schema, arguments, said)
    assert (headers.param_mismatch(wanted, arguments, said.items()) is None) == (rejected is None)


METHODS = st.sampled_from(["tools/call", "prompts/get", "resources/read", "tools/list", 5, None])
REVISIONS = st.sampled_from(["2026-07-28", "2025-11-25", "1900-01-01", None, 7])
PARAMS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.just([]),
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["add", "ä", None, 5]),
            "uri": st.sampled_from(["test://a", None]),
            "_meta": st.one_of(
                st.none(),
                st.fixed_dictionaries(
                    {},
                    optional={
                        eras.REVISION: REVISIONS,
                        eras.CAPABILITIES: st.just({"roots": {}}),
                        eras.INFO: st.just({"name": "c"}),
                    },
                ),
            ),
        },
    ),
)
SENT = st.fixed_dictionaries(
    {},
    optional={
        "mcp-protocol-version": st.sampled_from(["2026-07-28", "1900-01-01"]),
        "mcp-method": st.sampled_from(["tools/call", "resources/read", "tools/list"]),
        "mcp-name": st.sampled_from(["add", "=?base64?w6Q=?=", "test://a"]),
    },
)


@given(method=METHODS, params=PARAMS, sent=SENT)
def test_a_request_is_judged_as_the_sdk_judges_it(
    method: object, params: object, sent: Mapping[str, str]
) -> None:
    """The first fault has the same code; a request without any says the same about its sender."""
    theirs = inbound.classify_inbound_request({"method": method, "params": params}, headers=sent)

    ours = eras.modern(method, params, sent)

    if isinstance(theirs, inbound.InboundLadderRejection):
        assert isinstance(ours, eras.Fault)
        assert (ours.code, ours.data) == (theirs.code, theirs.data)
    else:
        assert isinstance(ours, eras.Modern)
        assert (ours.revision, ours.capabilities) == (
            theirs.protocol_version,
            theirs.client_capabilities,
        )


WHOLE = st.fixed_dictionaries(
    {"_meta": st.just({eras.REVISION: "2026-07-28", eras.CAPABILITIES: {}})},
    optional={
        "name": st.sampled_from(["add", "ä", None, 5]),
        "uri": st.sampled_from(["test://a", None]),
    },
)


@given(method=METHODS, params=WHOLE, sent=SENT)
def test_headers_are_held_to_the_body_as_the_sdk_holds_them(
    method: object, params: dict[str, Any], sent: dict[str, str]
) -> None:
    """The same of requests that say all about themselves, where only the headers may be wrong."""
    sent = sent | {"mcp-protocol-version": "2026-07-28"}
    theirs = inbound.classify_inbound_request({"method": method, "params": params}, headers=sent)

    ours = eras.modern(method, params, sent)

    assert isinstance(ours, eras.Fault) == isinstance(theirs, inbound.InboundLadderRejection)
    if isinstance(ours, eras.Fault) and isinstance(theirs, inbound.InboundLadderRejection):
        assert ours.code == theirs.code


@given(
    lines=st.lists(st.tuples(st.sampled_from(["Mcp-Name", "mcp-name", "MCP-Method", "a"]), VALUES))
)
def test_a_header_that_stands_twice_is_found(lines: list[tuple[str, str]]) -> None:
    """The same header is named, whatever case it is written in."""
    assert headers.repeated(lines) == inbound.find_duplicated_routing_header(lines)


def test_the_revisions_and_codes_are_the_sdks() -> None:
    """A revision that the SDK learns is missing here until somebody reads what it changes."""
    from mcp_types import jsonrpc, version  # noqa: PLC0415 - only this test compares them

    assert version.HANDSHAKE_PROTOCOL_VERSIONS == eras.HANDSHAKE
    assert version.MODERN_PROTOCOL_VERSIONS == eras.MODERN
    assert (eras.HEADER_MISMATCH, eras.MISSING_CAPABILITY, eras.UNSUPPORTED_REVISION) == (
        jsonrpc.HEADER_MISMATCH,
        jsonrpc.MISSING_REQUIRED_CLIENT_CAPABILITY,
        jsonrpc.UNSUPPORTED_PROTOCOL_VERSION,
    )
