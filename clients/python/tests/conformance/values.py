"""Values of cases that are made."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol


class Run(Protocol):
    saved: dict[str, Any]

    def namespace(self, label: str) -> str: ...


def to_value(json: Any, run: Run) -> Any:
    """Makes every value that stands in some JSON, from the inside out."""
    if isinstance(json, list):
        return [to_value(each, run) for each in json]
    if not isinstance(json, dict):
        return json
    made = {key: to_value(value, run) for key, value in json.items()}
    if len(made) == 1:
        [(name, argument)] = made.items()
        if name in _VALUES:
            return _VALUES[name](argument, run)
    return made


def labels_in(json: Any) -> set[str]:
    """The labels of the namespaces that stand in some JSON."""
    if isinstance(json, list):
        return set().union(*map(labels_in, json))
    if not isinstance(json, dict):
        return set()
    own = json.get("$namespace")
    return {own} if isinstance(own, str) else labels_in(list(json.values()))


def _saved(path: str, run: Run) -> Any:
    name, *keys = path.split(".")
    value = run.saved[name]
    for key in keys:
        value = value[int(key)] if isinstance(value, list) else value.get(key)
    return value


def _concat(parts: list[Any]) -> Any:
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)
    return [each for part in parts for each in part]


def _nest(key: str, levels: int, value: Any) -> Any:
    for _ in range(levels):
        value = {key: value}
    return value


def _f32(numbers: list[float]) -> list[float]:
    return list(struct.unpack(f"<{len(numbers)}f", struct.pack(f"<{len(numbers)}f", *numbers)))


def _vector(of: Mapping[str, int]) -> list[float]:
    x = of["seed"]
    numbers = []
    for _ in range(of["dimension"]):
        x = x * 16_807 % 2_147_483_647
        numbers.append((x % 2_001 - 1_000) / 1_024)
    return numbers


def _ids(of: Mapping[str, Any]) -> list[str]:
    start = of.get("start", 0)
    return [f"{of['prefix']}{start + at:06}" for at in range(of["count"])]


def _records(of: Mapping[str, Any]) -> list[Any]:
    start = of.get("start", 0)

    def record(position: int, name: str) -> Any:
        vector = _vector({"dimension": of["dimension"], "seed": of["seed"] + position})
        return {"id": name, "vector": vector, "metadata": {"n": position}}

    return [record(start + at, name) for at, name in enumerate(_ids(of))]


_VALUES: dict[str, Callable[[Any, Run], Any]] = {
    "$namespace": lambda label, run: run.namespace(label),
    "$saved": _saved,
    "$repeat": lambda of, _: of[0] * of[1],
    "$fill": lambda of, _: [of[0]] * of[1],
    "$concat": lambda of, _: _concat(of),
    "$nest": lambda of, _: _nest(*of),
    "$f32": lambda of, _: _f32(of),
    "$vector": lambda of, _: _vector(of),
    "$ids": lambda of, _: _ids(of),
    "$records": lambda of, _: _records(of),
    "$now_ms": lambda more, _: time.time() * 1_000 + more,
    "$number": lambda name, _: float(name),
}
