"""Writes the reference of the client as one page: ``python scripts/reference.py FOLDER``.

It is pdoc's page of the package, made whole by three things that pdoc leaves out: methods of bases that are not public, the text
of ``#:`` comments, and attributes that their class documents.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pdoc.doc
import pdoc.render

import vecstore

NAME = "vecstore"

COMMENTED = re.compile(r"^((?:#:.*\n)+)(\w+)\b.*?=", re.MULTILINE)

ATTRIBUTES = re.compile(r"\n\nAttributes:\n(?P<entries>(?: {4}.*(?:\n|\Z))+)")

ATTRIBUTE = re.compile(r"^ {4}(?P<name>\w+): (?P<text>.*(?:\n {5,}.*)*)", re.MULTILINE)


def main() -> None:
    """Writes ``index.html``."""
    folder = Path(sys.argv[1])
    # A TypedDict does not say which of its bases has a key; any other warning stays.
    warnings.filterwarnings("ignore", "Cannot determine where", module="pdoc")
    module = pdoc.doc.Module(vecstore)
    for name, text in imported_comments():
        member = module.members[name]
        member.docstring = member.docstring if isinstance(member, pdoc.doc.Class) else text
    for member in module.members.values():
        if isinstance(member, pdoc.doc.Class):
            leave_out_constructor(member)
            take_in_bases(member)
            spread_attributes(member)
    pdoc.render.configure(docformat="google", show_source=False, footer_text=f"vecstore-client {vecstore.__version__}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(pdoc.render.html_module(module, {NAME: module}), encoding="utf-8")


def imported_comments() -> Iterator[tuple[str, str]]:
    """What stands in ``#:`` above names that the package takes from its modules."""
    package = Path(inspect.getfile(vecstore)).parent
    for statement in ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and statement.module is not None:
            source = (package / f"{statement.module.replace('.', '/')}.py").read_text(encoding="utf-8")
            texts = {name: re.sub(r"^#: ?", "", text, flags=re.MULTILINE) for text, name in COMMENTED.findall(source)}
            yield from ((alias.name, texts[alias.name]) for alias in statement.names if alias.name in texts)


def leave_out_constructor(documented: pdoc.doc.Class) -> None:
    """Only the client makes what does not say its arguments."""
    if not dataclasses.is_dataclass(documented.obj) and "\nArgs:" not in documented.docstring:
        documented.members.pop("__init__", None)


def take_in_bases(documented: pdoc.doc.Class) -> None:
    """Gives members of bases that are not public to the public class that is nearest to them."""
    public = [base for base in documented.obj.__mro__ if getattr(vecstore, base.__name__, None) is base]
    for member in documented.members.values():
        if member.taken_from[0].startswith(f"{NAME}."):
            # An attribute that only __init__ sets is one of no base.
            owners = [base for base in public if hasattr(base, member.name)] or [documented.obj]
            member.taken_from = (NAME, f"{owners[-1].__name__}.{member.name}")


def spread_attributes(documented: pdoc.doc.Class) -> None:
    """Moves what the docstring of a class says of its attributes to these, where their types are."""
    section = ATTRIBUTES.search(f"{documented.docstring}\n")
    if section is None:
        return
    left = ""
    for entry in ATTRIBUTE.finditer(section["entries"]):
        member = documented.members.get(entry["name"])
        if member is None:
            left += f"{entry[0]}\n"
        else:
            member.docstring = inspect.cleandoc(entry["text"])
    head, tail = documented.docstring[: section.start()], documented.docstring[section.end() :]
    documented.docstring = f"{head}\n\nAttributes:\n{left}{tail}" if left else f"{head}\n{tail}"


if __name__ == "__main__":
    main()
