"""Options and addresses."""

from __future__ import annotations

import math

import pytest

from vecstore import RetryOptions, TlsOptions, VecStoreClient, VecStoreError, __version__
from vecstore._channel import wire_timeout
from vecstore.options import USER_AGENT, parse_address

PEM = "-----BEGIN CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("address", "target", "secure", "prefix"),
    [
        ("localhost:8080", "localhost:8080", False, ""),
        ("localhost", "localhost:80", False, ""),
        ("http://db.example:1/", "db.example:1", False, ""),
        ("HTTPS://db.example", "db.example:443", True, ""),
        ("https://db.example:8443/a/b/", "db.example:8443", True, "/a/b"),
        ("[::1]:8080", "[::1]:8080", False, ""),
    ],
)
def test_addresses_are_read(address: str, target: str, secure: bool, prefix: str) -> None:
    parsed = parse_address(address)
    assert (parsed.target, parsed.secure, parsed.prefix) == (target, secure, prefix)


@pytest.mark.parametrize(
    "address", ["ftp://a", "http://", "http://a?b", "http://a#b", "http://user@a", "a b", "a:99999", "a:b", "://", 7]
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(VecStoreError) as raised:
        parse_address(address)
    assert (raised.value.code, raised.value.reason) == ("invalid_argument", "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -math.inf},
        {"headers": {"grpc-timeout": "1"}},
        {"headers": {"x-\n": "1"}},
        {"headers": {"x-a": "1\n2"}},
        {"headers": {"x-bin": "1"}},
        {"api_key": "sécret"},
        {"user_agent": "a\r\nb"},
        {"tls": TlsOptions(ca=PEM)},
    ],
)
def test_options_out_of_range_are_refused(options) -> None:
    with pytest.raises(VecStoreError) as raised:
        VecStoreClient("localhost:1", **options)
    assert raised.value.reason == "INVALID_ARGUMENT"
    assert "sécret" not in raised.value.message


@pytest.mark.parametrize(
    "options",
    [
        {"attempts": 0},
        {"attempts": 1.5},
        {"attempts": True},
        {"backoff": -1},
        {"backoff_max": math.nan},
        {"backoff": "1"},
    ],
)
def test_retry_options_out_of_range_are_refused(options) -> None:
    with pytest.raises(VecStoreError):
        RetryOptions(**options)


@pytest.mark.parametrize("options", [{"ca": "/etc/ca.pem"}, {"cert": PEM}, {"key": PEM}])
def test_tls_options_that_are_none_are_refused(options) -> None:
    with pytest.raises(VecStoreError):
        TlsOptions(**options)


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECSTORE_API_KEY", "the-secret")
    with VecStoreClient("localhost:1") as client:
        settings = client._session.settings
    assert ("x-api-key", "the-secret") in settings.headers
    assert "the-secret" not in repr(settings)
    assert "hidden" not in repr(TlsOptions(cert=PEM, key=PEM + "hidden"))


def test_the_environment_says_where_unless_an_argument_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECSTORE_URL", "https://db.example:1")
    with VecStoreClient() as client, VecStoreClient("localhost:2") as other:
        assert client._session.settings.address.url == "https://db.example:1"
        assert other._session.settings.address.url == "http://localhost:2"
    monkeypatch.setenv("VECSTORE_URL", "")
    with VecStoreClient() as client:
        assert client._session.settings.address.target == "localhost:8080"


def test_the_user_agent_says_the_version() -> None:
    assert f"vecstore-client-python/{__version__}" == USER_AGENT


@pytest.mark.parametrize(
    ("seconds", "sent"),
    [(0.05, 0.05), (0.5, 0.5), (1, 1), (2, 2), (9.999, 9.99), (12.345, 12.3), (60, 60), (61, 61), (86_400, 86_400)],
)
def test_no_timeout_is_rounded_beyond_itself(seconds: float, sent: float) -> None:
    """gRPC sends three digits, rounded up."""
    given = wire_timeout(seconds)
    assert given is not None
    assert sent - 0.0021 <= given < sent


def test_no_timeout_is_none() -> None:
    assert wire_timeout(math.inf) is None
    assert wire_timeout(0.000_001) == 0.000_000_5
