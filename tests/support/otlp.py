"""A receiver of OTLP over real HTTP, in a thread of its own; keeps what it is sent."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(slots=True)
class Received:
    """What came, and how it is answered."""

    url: str = ""
    status: int = 200
    location: str = ""
    """Where it sends whoever comes, with a status of 3xx."""
    stalls: threading.Event = field(default_factory=threading.Event)
    """While it is set, nothing is answered."""
    heads: list[dict[str, str]] = field(default_factory=list)
    traces: list[bytes] = field(default_factory=list)
    metrics: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        """All of them, in the order in which they came."""
        parsed = map(ExportTraceServiceRequest.FromString, self.traces)
        return [s for p in parsed for r in p.resource_spans for c in r.scope_spans for s in c.spans]

    @property
    def points(self) -> list[tuple[str, dict[str, Any]]]:
        """Name of a measurement, and the attributes of each of its points."""
        parsed = map(ExportMetricsServiceRequest.FromString, self.metrics)
        return [
            (metric.name, attributes(point.attributes))
            for each in parsed
            for resource in each.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.histogram.data_points
        ]


def attributes(every: Any) -> dict[str, Any]:
    """As plain values."""
    return {each.key: _plain(each) for each in every}


def _plain(each: KeyValue) -> Any:
    kind = each.value.WhichOneof("value")
    value = getattr(each.value, kind or "string_value")
    if kind == "array_value":
        return [part.string_value for part in value.values]
    return value


@contextmanager
def receiver() -> Iterator[Received]:
    """One on loopback; `url` is what gateway.yaml calls its endpoint."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            received.heads.append({k.lower(): v for k, v in self.headers.items()})
            (received.traces if self.path.endswith("/v1/traces") else received.metrics).append(body)
            while received.stalls.is_set():
                received.stalls.wait(0.05)
                threading.Event().wait(0.02)
            self.send_response(received.status)
            if received.location:
                self.send_header("Location", received.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - ditto
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    received.url = f"http://127.0.0.1:{server.server_address[1]}/otlp"
    try:
        yield received
    finally:
        received.stalls.clear()
        server.shutdown()
        thread.join()
        server.server_close()
