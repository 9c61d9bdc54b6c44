# Made from _async/base.py by scripts/unasync.py. Do not edit.
"""What the parts of a handle share."""

from __future__ import annotations

from .session import Session

#: Names of a page; the most that the server allows.
PAGE_SIZE_MAX = 1_000


class Base:
    """A session, and the namespace that calls are about."""

    def __init__(self, session: Session, namespace: str) -> None:
        self._session = session
        self._namespace = namespace

    @property
    def namespace_name(self) -> str:
        """The namespace's name. Empty: the one that the API key is bound to, else ``default``."""
        return self._namespace
