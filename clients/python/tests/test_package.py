"""The package as users get it: built, and installed into an empty folder."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from server_process import REPOSITORY, ServerProcess

CLIENT = REPOSITORY / "clients/python"

SMOKE = """
import asyncio, pathlib, sys
import numpy as np
import vecstore
from vecstore import AsyncVecStoreClient, VecStoreClient

assert pathlib.Path(vecstore.__file__).is_relative_to(sys.prefix), vecstore.__file__
with VecStoreClient(sys.argv[1], namespace="smoke") as client:
    client.create_namespace("smoke")
    client.upsert(ids=["a", "b"], vectors=np.eye(2))
    results = client.query([0.9, 0.1], limit=1)
    assert [hit.id for hit in results] == ["a"], results

async def count():
    async with AsyncVecStoreClient(sys.argv[1], namespace="smoke") as client:
        return await client.count()

assert asyncio.run(count()) == 2
client = VecStoreClient(sys.argv[1])
client.delete_namespace("smoke")
client.close()
print("smoke passed")
"""

TYPED = """
from vecstore import VecStoreClient
client = VecStoreClient("localhost:50051")
results = client.query([0.1, 0.2, 0.3], limit=10)
score: float = results[0].score
ids: list[str] = [hit.id for hit in results]
with client.query_stream([0.1], limit=5_000) as stream, client.export_records() as records:
    stats, token = stream.stats, records.resume_token
wrong: int = results[0].id
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(CLIENT))
    return {"wheel": next(folder.glob("*.whl")), "sdist": next(folder.glob("*.tar.gz"))}


def test_the_wheel_has_the_schema_and_the_types(packages: dict[str, Path]) -> None:
    names = zipfile.ZipFile(packages["wheel"]).namelist()
    schema = {path.name for path in (REPOSITORY / "proto/vecstore/v1").glob("*.proto")}
    assert {Path(name).name for name in names if name.startswith("vecstore/proto/vecstore/v1/")} == schema
    assert {"vecstore/py.typed", "vecstore/_gen/query_pb2.pyi"} <= set(names)
    assert all(name.startswith(("vecstore/", "vecstore_client-")) for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_sdist_has_what_the_wheel_is_made_of_and_no_more(packages: dict[str, Path]) -> None:
    with tarfile.open(packages["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "src/vecstore/proto/vecstore/v1/query.proto"} <= names
    assert not any(part in name for name in names for part in ("__pycache__", "tests/", ".venv", "node_modules"))


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_installs_into_an_empty_folder_and_works(
    kind: str, packages: dict[str, Path], server: ServerProcess, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(packages[kind]))
    (tmp_path / "smoke.py").write_text(SMOKE)
    assert "smoke passed" in run(str(python), "smoke.py", server.host, cwd=tmp_path)
    if kind == "wheel":
        check_types(python, tmp_path)


def check_types(python: Path, folder: Path) -> None:
    """What is installed has types, by mypy and by pyright."""
    (folder / "typed.py").write_text(TYPED)
    checks = (
        (sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "typed.py"),
        (sys.executable, "-m", "pyright", "--pythonpath", str(python), "typed.py"),
    )
    for command in checks:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        errors = [line for line in done.stdout.splitlines() if "error:" in line or "- error" in line]
        assert len(errors) == 1, done.stdout
        assert "typed.py:9" in errors[0]


def run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout
