"""Command lines as processes that are forked from a warm one (see `tests/warm.py`): the same, without the start.

What tests start-up, encodings or an installed command starts one from nothing.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock, Thread
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
POSSIBLE = hasattr(os, "fork") and hasattr(os, "pidfd_open") and os.path.isdir("/proc/self/fd")
NOWHERE = os.devnull
_asking = Lock()


@cache
def _warm(language: str) -> subprocess.Popen[str]:
    """The process that forks, in a language; it ends with its stdin, that is with the tests."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "SUYUAN_LANG": language}
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("warm.py"))],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert server.stdout is not None and server.stdout.readline() == "ready\n"
    return server


def asked(language: str, **line: Any) -> int:
    """One line to the warm process, and the number that it answers."""
    with _asking:
        server = _warm(language)
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(json.dumps(line) + "\n")
        server.stdin.flush()
        return int(server.stdout.readline())


def run(words: Sequence[str], folder: Path, environment: Mapping[str, str], place: Path) -> tuple[int, str, str]:
    """Run a command line to its end: exit code, stdout, stderr. place: a folder for what it says."""
    out, err = str(place / "out"), str(place / "err")
    code = asked(_language(words, environment), arguments=list(words), folder=str(folder),
                 environment=dict(environment), input=NOWHERE, out=out, err=err)  # fmt: skip
    return code, Path(out).read_text("utf-8"), Path(err).read_text("utf-8")


def _language(words: Sequence[str], environment: Mapping[str, str]) -> str:
    from suyuan.cli.language import choose

    return choose(list(words), dict(environment)).value


def beside(words: Sequence[str], environment: Mapping[str, str], *, text: bool = False, input: bool = False) -> Any:
    """A command line that goes on beside the test. text: str and not bytes; input: it has a stdin."""
    if POSSIBLE:
        return Forked(words, environment, text=text, input=input)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-m", "suyuan.cli", *words],
        stdin=pipe if input else None, stdout=pipe, stderr=pipe, text=text, env=dict(environment),
    )  # fmt: skip


class Forked:
    """A command line that goes on beside the test, with the face of `subprocess.Popen` as far as tests need it."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], *, text: bool = False, input: bool = False
    ) -> None:
        self._ends: list[int] = []
        mode = {"encoding": "utf-8"} if text else {}
        self.stdin: Any = os.fdopen(self._pipe(1), "w" if text else "wb", **mode) if input else None
        place_in = self._other() if input else NOWHERE
        self.stdout: IO[Any] = os.fdopen(self._pipe(0), "r" if text else "rb", **mode)
        out = self._other()
        self.stderr: IO[Any] = os.fdopen(self._pipe(0), "r" if text else "rb", **mode)
        err = self._other()
        self.returncode: int | None = None
        self._language = _language(words, environment)
        self.pid = asked(self._language, arguments=list(words), folder=os.getcwd(), environment=dict(environment),
                         input=place_in, out=out, err=err, beside=True)  # fmt: skip
        for end in self._ends:
            os.close(end)
        self._descriptor = os.pidfd_open(self.pid)

    def _pipe(self, mine: int) -> int:
        """A pipe; the end that is kept. mine: 0 to read, 1 to write."""
        ends = os.pipe()
        self._ends.append(ends[1 - mine])
        return ends[mine]

    def _other(self) -> str:
        """Where the other process opens its end of the last pipe."""
        return f"/proc/{os.getpid()}/fd/{self._ends[-1]}"

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("suyuan", timeout or 0.0)
        return code

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._descriptor], [], [], timeout)[0]:
            self.returncode = asked(self._language, ended=self.pid)
            os.close(self._descriptor)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        """Give it the rest of its input, read all that it says, wait for its end."""
        said: dict[str, Any] = {}
        readers = [
            Thread(target=lambda name=name, stream=stream: said.update({name: stream.read()}), daemon=True)
            for name, stream in (("out", self.stdout), ("err", self.stderr)) if not stream.closed
        ]  # fmt: skip
        for reader in readers:
            reader.start()
        if self.stdin is not None and not self.stdin.closed:
            with suppress(BrokenPipeError):  # it has ended before
                if input is not None:
                    self.stdin.write(input)
                self.stdin.close()
        self.wait(timeout)
        for reader in readers:
            reader.join(timeout)
        return said.get("out"), said.get("err")
