"""`guardrail-gw ready`, as a container's hook runs it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from guardrail_gw.cli.ready import command


class _Answers(HTTPServer):
    told: list[int]


class _Probe(BaseHTTPRequestHandler):
    server: _Answers

    def do_GET(self) -> None:
        told = self.server.told
        here = self.path == "/readyz"
        self.send_response((told.pop(0) if len(told) > 1 else told[0]) if here else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


@pytest.fixture
def gateway() -> Iterator[_Answers]:
    """Something that answers probes as it is told to."""
    with _Answers(("127.0.0.1", 0), _Probe) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.allow_blocking
@pytest.mark.parametrize(
    ("told", "within", "code"), [([200], "0", 0), ([503], "0", 1), ([503, 503, 200], "20", 0)]
)
def test_it_ends_when_the_gateway_is_ready(
    gateway: _Answers, told: list[int], within: str, code: int
) -> None:
    """At once, not in time, or after a while."""
    gateway.told = told

    url = f"http://127.0.0.1:{gateway.server_port}"
    done = CliRunner().invoke(command, ["--url", url, "--within", within])

    assert done.exit_code == code


@pytest.mark.allow_blocking
def test_nobody_there_is_not_ready() -> None:
    """A port that nobody listens on."""
    assert CliRunner().invoke(command, ["--url", "http://127.0.0.1:9"]).exit_code == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:1",
        "http://gateway:1",
        "http://127.0.0.1",
        "",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:99999999999",
        "http://127.0.0.1:0",
        "http://127.0.0.1:\u0661",
        "http://[::1",
        "http://127.0.0.1:8081/readyz",
        "http://somebody@127.0.0.1:8081",
    ],
)
def test_only_a_port_of_this_machine_is_asked(url: str) -> None:
    """Another host, another scheme, no port that there is: wrong use, and what is right."""
    done = CliRunner().invoke(command, ["--url", url])

    assert done.exit_code == 2
    assert "port from 1 to 65535" in " ".join(done.output.replace("│", " ").split())
