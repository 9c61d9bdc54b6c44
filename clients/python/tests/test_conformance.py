"""The cases that all clients share, with both halves of this one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from conformance.harness import FOLDER, Harness
from conformance.run_case import CaseRun

_EXPECTED_FAILURES = set(json.loads((FOLDER / "expected-failures.json").read_text()).get("python", []))


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    harness = Harness()
    yield harness
    harness.stop()


def _cases() -> Iterator[Any]:
    for path in sorted((FOLDER / "cases").glob("*.json")):
        for case in json.loads(path.read_text())["cases"]:
            if "grpc" not in case.get("protocols", ["grpc"]):
                continue
            for half in ("sync", "async"):
                # A call of the synchronous half is its caller's thread, which nobody can cancel.
                if half == "async" or "cancel" not in case.get("needs", []):
                    yield pytest.param(case, half, id=f"{path.stem}: {case['name']} [{half}]")


@pytest.mark.parametrize(("case", "half"), [*_cases()])
def test_case(case: dict[str, Any], half: str, harness: Harness) -> None:
    running = CaseRun(case, half, harness).run()
    if _EXPECTED_FAILURES & {case["name"], f"{case['name']} [grpc]"}:
        with pytest.raises(AssertionError):
            asyncio.run(running)
    else:
        asyncio.run(running)
