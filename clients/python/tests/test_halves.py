"""The two halves say the same, and the package says the same as the rest of the repository."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from server_process import REPOSITORY

import vecstore
from vecstore import AsyncNamespaceHandle, AsyncVecStoreClient, NamespaceHandle, VecStoreClient

CLIENT = Path(__file__).resolve().parent.parent


def test_the_synchronous_half_is_what_the_other_one_makes() -> None:
    script = CLIENT / "scripts/unasync.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("one", "other"), [(VecStoreClient, AsyncVecStoreClient), (NamespaceHandle, AsyncNamespaceHandle)]
)
def test_both_halves_have_the_same_methods_with_the_same_arguments(one: type, other: type) -> None:
    def signatures(of: type) -> dict[str, list[str]]:
        methods = inspect.getmembers(of, inspect.isfunction)
        return {
            name: list(inspect.signature(method).parameters) for name, method in methods if not name.startswith("_")
        }

    assert signatures(one) == signatures(other)
    assert len(signatures(one)) > 20


def test_every_public_name_is_there_and_documented() -> None:
    for name in vecstore.__all__:
        value = getattr(vecstore, name)
        if inspect.isclass(value):
            assert value.__doc__, name
            for method, member in inspect.getmembers(value, inspect.isfunction):
                if not method.startswith("_") and member.__module__.startswith("vecstore"):
                    assert member.__doc__, f"{name}.{method}"


def test_the_version_is_that_of_the_packages() -> None:
    assert vecstore.__version__ == json.loads((REPOSITORY / "package.json").read_text())["version"]


def test_the_license_is_that_of_the_repository() -> None:
    assert (CLIENT / "LICENSE").read_text() == (REPOSITORY / "LICENSE").read_text()


def test_requirements_agree() -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (CLIENT / name).read_text().splitlines()
        # Those of Python 3.10 apart, which are the oldest.
        found = [line.split(";")[0].strip().split("==") for line in lines if line[:1].isalpha() and "< " not in line]
        return {package: version for package, version in found}  # noqa: C416

    tools = pins("requirements-dev.txt")
    assert {package: tools[package] for package in pins("requirements-test.txt")} == pins("requirements-test.txt")
    oldest = re.findall(
        r"^(\w+)==([\d.]+); python_version < ", (CLIENT / "requirements-test.txt").read_text(), re.MULTILINE
    )
    project = (CLIENT / "pyproject.toml").read_text()
    assert all(f'"{package}>={version}"' in project for package, version in oldest)
    assert len(oldest) == 3


@pytest.mark.parametrize("path", sorted((CLIENT / "src").rglob("*.py")), ids=lambda path: path.name)
def test_no_file_and_no_function_is_long(path: Path) -> None:
    if "_gen" in path.parts:
        return
    import ast

    text = path.read_text()
    assert len(text.splitlines()) <= 400, path
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno is not None:
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            assert node.end_lineno - first.lineno < 70, f"{path}: {node.name}"
