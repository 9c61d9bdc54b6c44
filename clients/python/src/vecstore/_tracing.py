"""Spans of calls, where the application uses OpenTelemetry."""

from __future__ import annotations

import sys
from typing import Any

from ._version import __version__

#: W3C trace context, as headers.
Headers = tuple[tuple[str, str], ...]


class CallSpan:
    """The span of one call, retries included."""

    __slots__ = ("_span", "_trace", "headers")

    def __init__(self, trace: Any, span: Any, headers: Headers) -> None:
        self._trace = trace
        self._span = span
        self.headers = headers

    def fail(self, reason: str) -> None:
        """The call failed."""
        self._span.set_attribute("error.type", reason)
        self._span.set_status(self._trace.StatusCode.ERROR, reason)

    def end(self) -> None:
        """The call is over."""
        self._span.end()


def begin_span(method: str) -> CallSpan | None:
    """Begins the span of a call when the application has loaded OpenTelemetry and records spans.

    The client does not load it: an application that traces has done so, and for others it would only take time.

    Args:
        method: Such as ``vecstore.v1.VecStoreService/Query``.
    """
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    service, _, name = method.partition("/")
    span = trace.get_tracer("vecstore", __version__).start_span(
        method, kind=trace.SpanKind.CLIENT, attributes={"rpc.service": service, "rpc.method": name}
    )
    context = span.get_span_context()
    if not context.is_valid:
        return None
    parent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    state = context.trace_state.to_header() if context.trace_state else ""
    headers: Headers = (("traceparent", parent), ("tracestate", state)) if state else (("traceparent", parent),)
    return CallSpan(trace, span, headers)
