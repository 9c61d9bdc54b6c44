"""The client."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

from .._convert.namespace import to_name
from ..options import TIMEOUT_ABSENT, RetryOptions, TlsOptions, to_settings
from .admin import Admin
from .queries import Queries
from .reads import Reads
from .runtime import Runtime
from .session import Session
from .transport import Transport
from .upkeep import Upkeep
from .writes import Writes


class AsyncNamespaceHandle(Reads, Writes, Queries, Upkeep):
    """The records of one namespace: write, read, search, keep. Every method raises VecStoreError.

    Reads are repeated when they fail for a passing cause. A write is repeated when it never began, or when it has an
    idempotency key; of the writes only ``upsert`` has one.
    """


class AsyncVecStoreClient(AsyncNamespaceHandle, Admin):
    """A client of one server, and a handle on one namespace of it.

    Example::

        client = AsyncVecStoreClient("localhost:8080")
        results = await client.query([0.1, 0.2, 0.3], limit=10)

    Args:
        address: ``host:port`` and ``http://`` are clear text, ``https://`` is TLS. Default: the environment variable
            VECSTORE_URL, else localhost:8080.
        api_key: Sent as X-API-Key. Default: the environment variable VECSTORE_API_KEY, else none.
        namespace: Default: the one that the key is bound to, else ``default``.
        timeout: Seconds for a whole call, retries included; ``math.inf`` is no deadline. Default 30.
        retries: How often a call is repeated; None turns retries off.
        headers: Sent with every request.
        tls: Certificates; they need an https:// address.
        user_agent: Default ``vecstore-client-python/`` and its version.

    Raises:
        VecStoreError: INVALID_ARGUMENT when an option is out of range.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        api_key: str | None = None,
        namespace: str | None = None,
        timeout: float = TIMEOUT_ABSENT,
        retries: RetryOptions | None = RetryOptions(),
        headers: Mapping[str, str] | None = None,
        tls: TlsOptions | None = None,
        user_agent: str | None = None,
    ) -> None:
        settings = to_settings(
            address,
            api_key=api_key,
            namespace=namespace,
            timeout=timeout,
            retries=retries,
            headers=headers,
            tls=tls,
            user_agent=user_agent,
        )
        super().__init__(Session(settings, Transport(settings), Runtime()), settings.namespace)

    def namespace(self, name: str) -> AsyncNamespaceHandle:
        """A handle on another namespace over the same connection. It need not exist yet.

        Raises:
            VecStoreError: INVALID_NAME when the name is no string.
        """
        return AsyncNamespaceHandle(self._session, to_name(name))

    async def close(self) -> None:
        """Ends the calls that run with CLIENT_CLOSED, refuses new ones and closes the connection."""
        await self._session.close()

    async def __aenter__(self) -> AsyncVecStoreClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
