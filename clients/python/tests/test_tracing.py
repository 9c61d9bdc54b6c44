"""Spans, where the application uses OpenTelemetry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes import Failure, FakeRuntime, FakeTransport, session
from opentelemetry import trace

from vecstore import VecStoreError
from vecstore._gen import read_pb2
from vecstore._methods import COUNT
from vecstore._tracing import begin_span


@pytest.fixture(scope="module")
def exporter() -> Any:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: Any) -> Iterator[Any]:
    exporter.clear()
    return exporter.get_finished_spans


def test_a_call_is_a_span_and_the_server_is_told(spans: Any) -> None:
    transport = FakeTransport(Failure("UNAVAILABLE", "Socket closed"), read_pb2.CountResponse(count=1))
    with trace.get_tracer("application").start_as_current_span("work") as parent:
        session(transport, FakeRuntime(), api_key="k").call(COUNT, read_pb2.CountRequest())
    span = next(span for span in spans() if span.name == "vecstore.v1.VecStoreService/Count")
    assert span.parent.span_id == parent.get_span_context().span_id
    assert dict(span.attributes) == {"rpc.service": "vecstore.v1.VecStoreService", "rpc.method": "Count"}
    expected = f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"
    # Both attempts belong to the one span.
    assert [dict(headers)["traceparent"] for headers in transport.headers] == [expected, expected]
    assert dict(transport.headers[0])["x-api-key"] == "k"


def test_a_failure_is_written_into_the_span(spans: Any) -> None:
    with pytest.raises(VecStoreError):
        session(FakeTransport(Failure("NOT_FOUND", "no", reason="NAMESPACE_NOT_FOUND")), FakeRuntime()).call(
            COUNT, read_pb2.CountRequest()
        )
    (span,) = spans()
    assert span.attributes["error.type"] == "NAMESPACE_NOT_FOUND"
    assert span.status.status_code is trace.StatusCode.ERROR


def test_without_opentelemetry_there_is_no_span(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    assert begin_span("vecstore.v1.VecStoreService/Count") is None
