"""The servers and proxies, in a process of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[4] / "test/conformance"


class Harness:
    def __init__(self) -> None:
        node = shutil.which("node")
        assert node is not None, "node is missing"
        command = [node, str(FOLDER / "harness.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        addresses = json.loads(self._process.stdout.readline())
        self.servers: dict[str, str] = addresses["servers"]
        self.admin_key: str = addresses["admin_key"]
        self._control: str = addresses["control"]

    def open_proxy(self, server: str, faults: Any) -> Proxy:
        made = self.ask("POST", "/proxies", {"server": server, "faults": faults})
        return Proxy(self, made["id"], made["url"])

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._control + path, data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class Proxy:
    """A proxy in front of a server, which makes faults."""

    def __init__(self, harness: Harness, number: str, url: str) -> None:
        self.url = url
        self._harness = harness
        self._path = f"/proxies/{number}"

    def seen(self) -> Any:
        return self._harness.ask("GET", self._path)

    def close(self) -> None:
        self._harness.ask("DELETE", self._path)
