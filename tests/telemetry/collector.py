"""A collector of OTLP on a socket: it reads the protobuf that comes over the wire."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_REQUESTS = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest}


class Collector:
    """What has come.

    Attributes:
        address: where it listens.
        headers: those of the last request.
        bodies: all that came, as bytes.
    """

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self.headers = {}
        self.bodies = []
        self._received = {path: [] for path in _REQUESTS}

    def take(self, path, headers, body):
        """Take a request in; raises where it is none of OTLP."""
        self._received[path].append(_REQUESTS[path].FromString(body))
        self.headers = headers
        self.bodies.append(body)

    @property
    def resources(self):
        """The attributes of the services that sent spans."""
        return [attributes(group.resource) for each in self._received["/v1/traces"] for group in each.resource_spans]

    @property
    def spans(self):
        """All spans, in the order in which they ended."""
        requests = self._received["/v1/traces"]
        return [
            span
            for request in requests
            for group in request.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]

    @property
    def histograms(self):
        """The points of each histogram, by its name, as they were sent last."""
        groups = (group for request in self._received["/v1/metrics"] for group in request.resource_metrics)
        metrics = (metric for group in groups for scope in group.scope_metrics for metric in scope.metrics)
        return {metric.name: list(metric.histogram.data_points) for metric in metrics}


def attributes(thing):
    """Its attributes as plain values."""
    return {pair.key: _plain(pair.value) for pair in thing.attributes}


def _plain(value):
    kind = value.WhichOneof("value")
    content = getattr(value, kind)
    return [_plain(each) for each in content.values] if kind == "array_value" else content


@contextmanager
def collecting():
    """A collector, until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            collector.take(self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Nothing is to be printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(server.server_port)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
