"""The code blocks of the pages run, one after the other, and print what the pages say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from server_process import REPOSITORY, ServerProcess

PAGES = ("docs/clients/python.md", "clients/python/README.md")

_FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+) -->\n)?```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    line: int
    code: str
    output: str | None


def blocks_of(markdown: str) -> list[Block]:
    """The blocks of Python, each with what the block behind it says that it prints."""
    fences = [*_FENCE.finditer(markdown)]
    blocks = []
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        if fence["info"].strip() != "python" or fence["reason"]:
            continue
        output = following["code"] if following is not None and "output" in following["info"] else None
        blocks.append(Block(markdown.count("\n", 0, fence.start()) + 1, fence["code"], output))
    return blocks


@pytest.fixture(scope="module", params=PAGES)
def page(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A page, and a server of its own."""
    server = ServerProcess(tmp_path_factory.mktemp("docs") / "data")
    yield request.param, server
    server.stop()


def test_the_blocks_of_a_page_print_what_it_says(page: tuple[str, ServerProcess], tmp_path: Path) -> None:
    name, server = page
    blocks = blocks_of((REPOSITORY / name).read_text())
    assert blocks
    for block in blocks:
        printed = run(block.code.replace("localhost:8080", server.host), tmp_path)
        where = f"{name}:{block.line}"
        if block.output is not None:
            pattern = ".*?".join(re.escape(part) for part in block.output.strip().split("…"))
            assert re.fullmatch(pattern, printed.strip(), re.DOTALL), f"{where} printed:\n{printed}"


def run(code: str, folder: Path) -> str:
    script = folder / "example.py"
    script.write_text(code)
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY / "clients/python/src")}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
    return done.stdout
