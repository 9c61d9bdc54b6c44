"""The built server in a process of its own."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
COMMAND = REPOSITORY / "packages/server/bin/vecstore.js"


class ServerProcess:
    """A server on a port of its own. It can be killed and started again on the same port and data."""

    def __init__(self, data: Path, *arguments: str, port: int | None = None) -> None:
        self.port = free_port() if port is None else port
        self.host = f"localhost:{self.port}"
        listen = [] if "--http" in arguments else ["--listen", f"127.0.0.1:{self.port}"]
        self._command = [*listen, "--data", str(data), *arguments]
        self._output = data.with_suffix(".log")
        self.start()

    def start(self) -> None:
        node = shutil.which("node")
        assert node is not None, "node is missing"
        with self._output.open("ab") as output:
            command = [node, str(COMMAND), "serve", *self._command]
            self._process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"the server is not ready; it printed:\n{self.printed()}")
            time.sleep(0.02)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def printed(self) -> str:
        return self._output.read_text(errors="replace")

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/ready")
            return json.load(connection.getresponse()).get("status") == "ready"
        except (OSError, ValueError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
