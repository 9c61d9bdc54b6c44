"""What a change of the client must pass beside its tests: ``python scripts/check.py``. Every check runs, also after a failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("pyright", "--pythonpath", sys.executable),
)


def main() -> int:
    client = Path(__file__).resolve().parent.parent
    commands = [
        [sys.executable, "scripts/unasync.py", "--check"],
        *([sys.executable, "-m", *check] for check in CHECKS),
    ]
    failed = [command for command in commands if subprocess.run(command, cwd=client).returncode != 0]
    for command in failed:
        print("failed:", *command[1:])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
