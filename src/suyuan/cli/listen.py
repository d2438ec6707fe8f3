"""`suyuan lake listen`: readings over MQTT and HTTP into the lake of a data folder, until it is told to end."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from suyuan.cli.command import DataNeeded
from suyuan.cli.language import term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.lake.live.listener import Listener, Status

PASSWORD, TOKEN = "SUYUAN_MQTT_PASSWORD", "SUYUAN_LIVE_TOKEN"

User = Annotated[str, typer.Option("--user", metavar="NAME", help=term("help.lake.mqtt_user"))]
PasswordFile = Annotated[Path | None, typer.Option("--password-file", metavar="FILE", help=term("help.lake.password"))]
Authorities = Annotated[Path | None, typer.Option("--ca", metavar="FILE", help=term("help.lake.ca"))]
TokenFile = Annotated[Path | None, typer.Option("--token-file", metavar="FILE", help=term("help.lake.token"))]


@dataclass(frozen=True, kw_only=True)
class Listen:
    """Where readings come in, and what may wait."""

    addresses: Annotated[list[str], typer.Argument(metavar="URL", help=term("help.lake.address"))]
    data: DataNeeded
    user: User = ""
    password_file: PasswordFile = None
    ca: Authorities = None
    client: Annotated[str, typer.Option("--client-id", metavar="ID", help=term("help.lake.client"))] = ""
    token_file: TokenFile = None
    seconds: Annotated[
        float, typer.Option("--cut-seconds", metavar="S", min=0.1, help=term("help.lake.cut_seconds"))
    ] = 30.0
    readings: Annotated[
        int, typer.Option("--cut-readings", metavar="N", min=1, max=5_000_000, help=term("help.lake.cut_readings"))
    ] = 200_000
    journal: Annotated[
        float, typer.Option("--journal-megabytes", metavar="MB", min=0.01, help=term("help.lake.journal"))
    ] = 256.0


class Door(Protocol):
    """Where messages come in."""

    @property
    def url(self) -> str:
        """Where it is reached."""
        ...

    def open(self) -> None:
        """Begin."""

    def close(self) -> None:
        """End."""


def secret(path: Path | None, variable: str) -> str:
    """A password or token from a file, else from the environment: never from the command line, which others see."""
    if path is None:
        return os.environ.get(variable, "")
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise Refused(finding("cli.file.unreadable", str(path), reason=said)) from None


def http_place(url: str) -> tuple[str, int]:
    """Host and port of «http://host:port». Raises Refused."""
    from urllib.parse import urlsplit

    place = urlsplit(url)
    try:
        port = place.port
    except ValueError:
        port = None
    if place.scheme != "http" or not place.hostname or port is None or place.username is not None:
        raise Refused(finding("live.address.wrong", url[:100], given=url[:100]))
    return place.hostname, port


def run(asked: Listen) -> Answer:
    """Listen until SIGTERM or Ctrl-C; what was taken is then in the lake, or waits on the disk."""
    from suyuan.lake.beside import lake_of
    from suyuan.lake.live.listener import NAME, Limits, Listener

    for url in asked.addresses:
        _check(asked, url)
    asked.data.mkdir(parents=True, exist_ok=True)
    limits = Limits(int(asked.journal * 2**20), readings=asked.readings, seconds=asked.seconds)
    listener = Listener(lake_of(asked.data, new=True), asked.data / NAME, limits)
    doors: list[Door] = []
    try:
        doors = [_door(asked, listener, url) for url in asked.addresses]
        listener.start()
        with until_told() as told:
            for door in doors:
                door.open()
            for door in doors:
                print(term("lake.listening", url=door.url), file=sys.stderr, flush=True)
            _watch(listener, doors, told)
    finally:
        for door in doors:
            door.close()
        listener.stop()
    status = listener.status()
    values = {**dataclasses.asdict(status), "addresses": [door.url for door in doors]}

    def show(page: Page) -> None:
        page.facts((term(f"live.{name}"), values[name]) for name in _SHOWN)

    return Answer(values, show, (*listener.findings(), *_unprotected(doors)))


_SHOWN = (
    "kept", "readings", "repeated", "aside", "gaps", "unfit", "refused", "journal", "lake_messages", "lake_readings",
)  # fmt: skip


def _check(asked: Listen, url: str) -> None:
    """Refuse an address before anything is opened."""
    from suyuan.lake.live.mqtt_link import PORTS, broker_of

    if url.partition("://")[0] in PORTS:
        broker_of(url, asked.user, "", asked.ca)
    else:
        http_place(url)


def _door(asked: Listen, listener: Listener, url: str) -> Any:
    from suyuan.lake.live.http_door import HttpDoor
    from suyuan.lake.live.mqtt_door import MqttDoor
    from suyuan.lake.live.mqtt_link import PORTS, broker_of

    if url.partition("://")[0] in PORTS:
        broker = broker_of(url, asked.user, secret(asked.password_file, PASSWORD), asked.ca)
        return MqttDoor(listener, broker, asked.client)
    return HttpDoor(listener, http_place(url), secret(asked.token_file, TOKEN))


def _unprotected(doors: list[Door]) -> list[Finding]:
    """Messages of QoS 0, which nobody sends again."""
    found = []
    for door in doors:
        if count := getattr(door, "unprotected", 0):
            found.append(finding("live.mqtt.unprotected", door.url, "warning", count=count))
    return found


@contextmanager
def until_told() -> Iterator[threading.Event]:
    """An event that SIGTERM or Ctrl-C sets, instead of ending the process at once."""
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(listener: Listener, doors: list[Door], told: threading.Event) -> None:
    """A line of status: each second on a terminal, else when something is wrong or has become well."""
    line = Line(lambda: _line(listener.status()))
    known: dict[str, Finding | None] = {}
    while not told.wait(0.5):
        line.show()
        now_wrong = {door.url: getattr(door, "trouble", None) for door in doors} | {"lake": listener.status().trouble}
        for place, trouble in now_wrong.items():
            if trouble != known.get(place):
                line.clear()
                if trouble is not None:
                    Page(sys.stderr).findings((dataclasses.replace(trouble, severity="warning"),))
                else:
                    print(term("live.well", place=place), file=sys.stderr, flush=True)
        known = now_wrong
    line.clear()


class Line:
    """One line on stderr that is written over, on a terminal; otherwise nothing."""

    def __init__(self, text: Callable[[], str]) -> None:
        self._text, self._last, self._shown = text, 0.0, False

    def show(self) -> None:
        """Write it anew, at most each second."""
        if sys.stderr.isatty() and time.monotonic() - self._last >= 1.0:
            self._last, self._shown = time.monotonic(), True
            sys.stderr.write("\r\x1b[K" + self._text())
            sys.stderr.flush()

    def clear(self) -> None:
        """Take it away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


def _line(status: Status) -> str:
    waiting = f"{status.journal / 2**20:.1f} MB"
    return term("live.line", messages=status.kept, readings=status.readings, lake=status.lake_readings, waiting=waiting,
                aside=status.aside, gaps=status.gaps)  # fmt: skip
