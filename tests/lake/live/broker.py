"""A real mosquitto broker on the loopback address, and processes of the command line that can be killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import forked

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
ABSENT = "no mosquitto; run: sudo apt-get update && sudo apt-get install -y mosquitto"


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def until(true: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Wait for something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not in {seconds} s: {what}")


class Broker:
    """One broker; extra: further lines of its configuration."""

    def __init__(self, folder: Path, extra: str = "allow_anonymous true\n") -> None:
        self.port, self.folder = free_port(), folder
        folder.mkdir(exist_ok=True)
        self.config = folder / "mosquitto.conf"
        user = "user root\n" if os.getuid() == 0 else ""  # else it could not read the folder of the tests
        self.config.write_text(f"listener {self.port} 127.0.0.1\nmax_queued_messages 0\n{user}{extra}")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Broker:
        assert MOSQUITTO
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        STARTED.append(self._process)
        until(self._answers, "the broker answers", 20.0)
        return self

    def _answers(self) -> bool:
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """Kill it: what it had in memory is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


STARTED: list[Any] = []
"""Processes that a test has started, so that none outlives it."""


class Suyuan:
    """A process of the command line."""

    def __init__(self, *arguments: str, stdin: Any = None, env: dict[str, str] | None = None) -> None:
        environment = {**os.environ, "SUYUAN_LANG": "en", **(env or {})}
        self.process = forked.beside(arguments, environment, input=stdin is not None)
        STARTED.append(self.process)

    def ready(self) -> Suyuan:
        """Wait until it listens."""
        assert self.process.stderr is not None
        line = self.process.stderr.readline().decode()
        assert line.startswith("listening at"), line + self.process.stderr.read().decode()
        return self

    def kill(self) -> None:
        """Kill it with -9."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> tuple[int, dict[str, Any]]:
        """End it as a service manager does; its exit code and its answer."""
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def end(self, seconds: float = 90.0) -> tuple[int, dict[str, Any]]:
        """Wait for its end; its exit code and its answer."""
        out, err = self.process.communicate(timeout=seconds)
        assert b"Traceback" not in err, err.decode()
        return self.process.returncode, json.loads(out) if out.strip() else {}


def post(url: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any], Any]:
    """Status, answer and headers of a POST; (0, …) where nobody answers."""
    asked = urllib.request.Request(f"{url}/readings", body, {k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(asked, timeout=40) as answer:
            return answer.status, json.loads(answer.read()), answer.headers
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, json.loads(text) if text else {}, error.headers
    except OSError:
        return 0, {}, {}


def status(url: str) -> dict[str, Any]:
    """What a listener tells of itself."""
    with urllib.request.urlopen(f"{url}/status", timeout=10) as answer:
        made: dict[str, Any] = json.loads(answer.read())
        return made


def counting(data: Path, stream: str) -> dict[int, float]:
    """The readings of a stream that count, by time; each time once."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.marks import marked

    found = marked(lake_of(data), stream)
    times, values = found.time[found.counts].tolist(), found.value[found.counts].tolist()
    assert len(set(times)) == len(times)
    return dict(zip(times, values, strict=True))


FIRST = 1_767_225_600_000_000


def message(sequence: int, readings: int = 5, stream: str = "t1", sender: str = "plant") -> bytes:
    """A message whose readings follow from its number; openly made up."""
    at = [FIRST + ((sequence - 1) * readings + i) * 1_000_000 for i in range(readings)]
    value = [(sequence * 7 + i) % 1000 / 100 for i in range(readings)]
    body = {"stream": stream, "unit": "degC", "instrument": "PT-1", "resolution": "0.01", "time": at, "value": value}
    return json.dumps({"suyuan": "readings-1", "sender": sender, "sequence": sequence, "readings": [body]}).encode()


def expected(numbers: range, readings: int = 5) -> dict[int, float]:
    """What counts once these messages are in."""
    return {
        FIRST + ((n - 1) * readings + i) * 1_000_000: (n * 7 + i) % 1000 / 100 for n in numbers for i in range(readings)
    }
