"""What both halves tell gRPC."""

from __future__ import annotations

import math

import grpc

from .options import Settings, to_bytes

#: Largest answer that is read: 1,000 hits with vectors of 65,535 dimensions.
_READ_BYTES_MAX = 256 * 1024 * 1024

#: Only the identity. Vectors hardly compress: what is saved on the wire is paid many times over in CPU.
_NO_COMPRESSION = 1

Options = list[tuple[str, "int | str"]]


def channel_options(settings: Settings) -> Options:
    """The options of a channel."""
    return [
        ("grpc.primary_user_agent", settings.user_agent),
        ("grpc.max_receive_message_length", _READ_BYTES_MAX),
        ("grpc.compression_enabled_algorithms_bitset", _NO_COMPRESSION),
        # The client repeats calls itself, by reasons that gRPC does not know.
        ("grpc.enable_retries", 0),
        # A server that comes back is found within a second; gRPC's own waits grow to two minutes.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        # A connection that a middlebox forgot in silence is noticed while a call waits on it,
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        # and one that nobody uses is closed before that happens.
        ("grpc.client_idle_timeout_ms", 60_000),
        # A connection of its own for each client: `close` then closes it, and keys do not share it.
        ("grpc.use_local_subchannel_pool", 1),
    ]


def credentials(settings: Settings) -> grpc.ChannelCredentials | None:
    """The credentials of a channel; None for clear text."""
    if not settings.address.secure:
        return None
    tls = settings.tls
    ca, key, cert = (tls.ca, tls.key, tls.cert) if tls is not None else (None, None, None)
    return grpc.ssl_channel_credentials(
        root_certificates=None if ca is None else to_bytes(ca),
        private_key=None if key is None else to_bytes(key),
        certificate_chain=None if cert is None else to_bytes(cert),
    )


def wire_timeout(seconds: float) -> float | None:
    """The timeout that gRPC is given; None when there is none.

    gRPC sends three digits, rounded up: 60 s would go out as 60.1 s, of which servers refuse what is above 60. Here they are rounded down,
    and a little less, because gRPC measures to the end of its own preparations.
    """
    if seconds == math.inf:
        return None
    if seconds < 1:
        # To the millisecond.
        return max(seconds - 0.001, seconds / 2)
    step = 10.0 ** (math.floor(math.log10(seconds)) - 2)
    return math.floor(seconds / step + 1e-9) * step - 0.002
