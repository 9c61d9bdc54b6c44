"""When a call is repeated, and after what wait."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import VecStoreError
from .options import RetryOptions

#: Causes that a server names before it begins the work, or that kept the request from leaving.
_NOT_BEGUN = frozenset(
    {"UNREACHABLE", "INDEX_BACKLOG", "RATE_LIMITED", "CONCURRENCY_LIMITED", "CONNECTIONS_LIMITED", "STARTING"}
)


@dataclass(frozen=True, slots=True)
class RetryScope:
    """What a single call allows.

    Attributes:
        policy: How often and how fast.
        attempts: Attempts in all, in the place of the policy's.
        repeatable: Whether an attempt may be repeated although it may have been carried out: a read, or a write with a key.
        deadline: On the runtime's clock, seconds; infinite when there is none.
    """

    policy: RetryOptions
    attempts: int
    repeatable: bool
    deadline: float


def retry_delay(error: VecStoreError, tries: int, scope: RetryScope, now: float, chance: float) -> float | None:
    """Seconds to wait before the next attempt; None when there is none.

    Args:
        tries: Attempts made, 1 or more.
        now: On the clock of the deadline.
        chance: Uniform in 0..1.
    """
    if not error.retryable or tries >= scope.attempts:
        return None
    if not scope.repeatable and error.reason not in _NOT_BEGUN:
        return None
    delay = backoff_delay(error, tries, scope.policy, chance)
    # A wait that ends past the deadline would only hide the cause behind DEADLINE_EXCEEDED.
    return delay if now + delay < scope.deadline else None


def backoff_delay(error: VecStoreError, tries: int, policy: RetryOptions, chance: float) -> float:
    """A wait: random up to a bound that doubles with each try, and never less than the server asks for."""
    # The exponent is bounded because a run of hours would overflow a float.
    bound = min(policy.backoff_max, policy.backoff * 2.0 ** min(tries - 1, 60))
    # Chance comes on top of Retry-After, or all callers that were refused together would come back together.
    return (error.retry_after or 0.0) + chance * bound
