"""Makes the synchronous half of the client from the asynchronous one.

``python scripts/unasync.py`` writes ``_sync/``; with ``--check`` it only says which files differ, and fails.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src/vecstore"

#: Written by hand on both sides.
TWINS = {"__init__.py", "runtime.py", "transport.py"}

HEADER = "# Made from _async/{name} by scripts/unasync.py. Do not edit.\n"

#: Words that vanish with the space behind them.
DROPPED = {"async", "await"}

NAMES = {
    "AsyncExportStream": "ExportStream",
    "AsyncGenerator": "Generator",
    "AsyncIterator": "Iterator",
    "AsyncNamespaceHandle": "NamespaceHandle",
    "AsyncQueryStream": "QueryStream",
    "AsyncSnapshotStream": "SnapshotStream",
    "AsyncStream": "Stream",
    "AsyncVecStoreClient": "VecStoreClient",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "aclose": "close",
    "anext": "next",
    "asynccontextmanager": "contextmanager",
}


def translate(source: str, name: str) -> str:
    """The synchronous text of a file."""
    out: list[str] = []
    end = (1, 0)
    lines = source.splitlines(keepends=True)
    dropping = False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if not dropping:
            out.append(between(lines, end, token.start))
        dropping = token.type == tokenize.NAME and token.string in DROPPED
        if not dropping:
            out.append(word(token))
        end = token.end
    text = "".join(out)
    # A generator of Python has three parameters where an asynchronous one has two.
    text = re.sub(r"\bGenerator\[([^\[\]]+(?:\[[^\]]*\])?), None\]", r"Generator[\1, None, None]", text)
    return HEADER.format(name=name) + text


def between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """The text between two tokens."""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]] if end[0] <= len(lines) else ""
    last = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return "".join([lines[start[0] - 1][start[1] :], *lines[start[0] : end[0] - 1], last])


def word(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME:
        return NAMES.get(token.string, token.string)
    if token.type == tokenize.STRING:
        return re.sub(
            r"\bawait |\basync ", "", re.sub(r"\w+", lambda match: NAMES.get(match[0], match[0]), token.string)
        )
    return token.string


def main(check: bool) -> int:
    expected = {
        path.name: translate(path.read_text(), path.name)
        for path in sorted((PACKAGE / "_async").glob("*.py"))
        if path.name not in TWINS
    }
    folder = PACKAGE / "_sync"
    found = {path.name: path.read_text() for path in folder.glob("*.py") if path.name not in TWINS}
    differing = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    for name in differing:
        if check:
            print(f"{folder / name}: differs from what _async/{name} makes; run scripts/unasync.py")
        elif name in expected:
            (folder / name).write_text(expected[name])
        else:
            (folder / name).unlink()
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
