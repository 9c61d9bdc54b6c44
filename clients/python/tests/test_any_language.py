"""What docs/clients/any-language.md says works with stock grpcio, and with nothing of this client."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from server_process import REPOSITORY, ServerProcess

PAGE = "docs/clients/any-language.md"
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(info: str) -> list[str]:
    markdown = (REPOSITORY / PAGE).read_text()
    return [fence["code"] for fence in _FENCE.finditer(markdown) if fence["info"].strip() == info]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project with the schema, and `python` by that name."""
    folder = tmp_path / "project"
    shutil.copytree(REPOSITORY / "proto" / "vecstore" / "v1", folder / "proto" / "vecstore" / "v1")
    (folder / "bin").mkdir()
    python = folder / "bin" / "python"
    # No link: Python finds its packages by where it is called.
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return folder


def test_the_page(project: Path, tmp_path: Path) -> None:
    [generate] = [code for code in blocks("sh") if "protoc" in code]
    [program] = blocks("python")
    [expected] = blocks("text output")
    run(project, ["bash", "-ec", generate])
    server = ServerProcess(tmp_path / "data")
    try:
        (project / "example.py").write_text(program.replace("localhost:8080", server.host))
        printed = run(project, [sys.executable, "example.py"])
    finally:
        server.stop()
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    assert re.fullmatch(pattern, printed.strip(), re.DOTALL), printed


def run(folder: Path, command: list[str]) -> str:
    # The folder's own `vecstore` package, not the client's.
    env = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
