"""`suyuan lake send`: a measurement file, or lines from a program, to a listener; kept until it has them."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading
from suyuan.cli.language import term
from suyuan.cli.listen import (
    PASSWORD,
    TOKEN,
    Authorities,
    Line,
    PasswordFile,
    TokenFile,
    User,
    secret,
    until_told,
)
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.lake.live.spool import Spool

TOGETHER = 16
"""Messages of a file that go into the spool with one flush."""
LINES, SECONDS = 500, 1.0
"""Lines that make a message, and how long the first of them waits for others."""


@dataclass(frozen=True, kw_only=True)
class Send:
    """What is sent, whereto, and where it waits."""

    file: Annotated[Path | None, typer.Argument(metavar="[FILE|-]", help=term("help.lake.send_file"))] = None
    to: Annotated[str, typer.Option("--to", metavar="URL", help=term("help.lake.send_to"))]
    spool: Annotated[
        Path, typer.Option("--spool", metavar="FOLDER", envvar="SUYUAN_SPOOL", help=term("help.lake.spool"))
    ]
    sender: Annotated[str, typer.Option("--sender", metavar="NAME", help=term("help.lake.sender"))] = ""
    mapping: Annotated[Path | None, typer.Option("--mapping", metavar="FILE", help=term("help.lake.mapping_file"))] = (
        None
    )
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help=term("help.lake.zone"))] = ""
    token_file: TokenFile = None
    user: User = ""
    password_file: PasswordFile = None
    ca: Authorities = None
    no_receipts: Annotated[bool, typer.Option("--no-receipts", help=term("help.lake.no_receipts"))] = False
    patience: Annotated[float, typer.Option("--patience", metavar="S", min=0.0, help=term("help.lake.patience"))] = 0.0
    megabytes: Annotated[
        float, typer.Option("--spool-megabytes", metavar="MB", min=0.01, help=term("help.lake.spool_size"))
    ] = 1024.0


@dataclass
class _Filling:
    """What is put into the spool beside the sending: done: whether all is in it; wrong: why it is not."""

    spool: Spool
    over: threading.Event
    done: bool = False
    messages: int = 0
    wrong: tuple[Finding, ...] = ()
    told: tuple[Finding, ...] = ()

    def put(self, run: str, some: list[bytes]) -> None:
        """Put messages into the spool, waiting for room: what comes in waits with us."""
        while True:
            try:
                self.spool.put(run, some)
            except Refused as refused:
                if refused.findings[0].code != "live.spool.full" or self.over.is_set():
                    raise
                if not self.spool.waiting:  # it will never fit so
                    if len(some) == 1:
                        raise
                    for one in some:
                        self.put(run, [one])
                    return
                time.sleep(0.1)
                continue
            self.messages += len(some)
            return

    def run(self, fill: Callable[[_Filling], None]) -> None:
        """Fill; what is wrong is kept for the end."""
        try:
            fill(self)
        except Refused as refused:
            self.wrong = refused.findings
        except Exception as error:
            self.wrong = (finding("live.listener.unforeseen", "send", kind=type(error).__name__),)
        self.done = True


def run(asked: Send) -> Answer:
    """Send until all is delivered, or the patience is over; what is left waits in the spool for the next time."""
    from suyuan.lake.live.spool import Spool

    fill = _source(asked)
    spool = Spool(asked.spool, int(asked.megabytes * 2**20), asked.sender)
    try:
        forward = _forward(asked, spool)
        with until_told() as told:
            filling = _Filling(spool, told)
            thread = threading.Thread(target=filling.run, args=(fill,), daemon=True)
            thread.start()
            refused = _send(asked, spool, forward, filling, told)
            if filling.done or asked.file != reading.STDIN:
                told.set()
                thread.join()
        waiting = spool.waiting
    finally:
        spool.close()
    sent = forward.sent
    values = {"sender": spool.sender, "messages": filling.messages, "delivered": sent.delivered, "aside": sent.aside,
              "refused": sent.refused, "repeated": sent.repeated, "waiting": waiting}  # fmt: skip
    found = list(filling.told)
    if sent.aside:
        found.append(finding("live.send.aside", asked.to, "warning", count=sent.aside))
    if sent.refused:
        found.append(finding("live.send.unfit", str(asked.spool / "aside"), count=sent.refused))
    if waiting:
        found.append(finding("live.send.waiting", str(asked.spool), count=waiting))
        found += [sent.trouble] if sent.trouble and not refused else []

    def show(page: Page) -> None:
        page.facts((term("live.unfit" if n == "refused" else f"live.{n}"), value) for n, value in values.items())

    return Answer(values, show, tuple(found), (*filling.wrong, *refused))


def _send(asked: Send, spool: Spool, forward: Any, filling: _Filling, told: threading.Event) -> tuple[Finding, ...]:
    """Forward until nothing is left; why the receiver takes nothing from us at all, if so."""
    line = Line(lambda: term("live.send_line", delivered=forward.sent.delivered, waiting=spool.waiting))
    last = [0, time.monotonic()]

    def over() -> bool:
        line.show()
        if forward.sent.delivered != last[0]:
            last[:] = [forward.sent.delivered, time.monotonic()]
        if asked.patience and spool.waiting and time.monotonic() - last[1] > asked.patience:
            return True
        return told.is_set() or (filling.done and not spool.waiting)

    try:
        forward.run(over)
    except Refused as refused:
        return refused.findings
    finally:
        line.clear()
    return ()


def _forward(asked: Send, spool: Spool) -> Any:
    from suyuan.lake.live.forward_http import HttpForward
    from suyuan.lake.live.forward_mqtt import MqttForward
    from suyuan.lake.live.mqtt_link import PORTS, broker_of

    if asked.to.partition("://")[0] in PORTS:
        broker = broker_of(asked.to, asked.user, secret(asked.password_file, PASSWORD), asked.ca)
        if "#" in broker.topic or "+" in broker.topic:
            raise Refused(finding("live.address.wrong", asked.to[:100], given=asked.to[:100]))
        return MqttForward(spool, broker, not asked.no_receipts)
    return HttpForward(spool, asked.to, secret(asked.token_file, TOKEN), asked.ca)


def _source(asked: Send) -> Callable[[_Filling], None]:
    """How the spool is filled; a file is read before anything is sent."""
    from suyuan.lake.live.message import KIND

    if asked.file is None:
        return lambda filling: None
    if asked.file == reading.STDIN:
        return _from_stdin
    content = reading.read_bytes(asked.file)
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(f"#{KIND}".encode()):
        return lambda filling: _from_lines(filling, content)
    return _from_file(asked, asked.file, content)


def _from_file(asked: Send, path: Path, content: bytes) -> Callable[[_Filling], None]:
    from suyuan.lake.formats import mapped, recognise
    from suyuan.lake.live.outgoing import of_file, run_of

    with reading.about(path):
        if asked.mapping is not None:
            mapping = reading.read_bytes(asked.mapping)
            imported = mapped.read(content, name=path.name, zone=asked.zone, mapping=mapping)
        else:
            imported = recognise.read(content, name=path.name, zone=asked.zone)

    def fill(filling: _Filling) -> None:
        run = run_of(content)
        found, messages = of_file(imported, filling.spool.sender, run)
        filling.told = (*imported.findings, *found)
        there = filling.spool.last(run)
        some: list[bytes] = []
        for number, message in enumerate(messages, start=1):
            if number > there:  # what an earlier try has put is there
                some.append(message)
            if len(some) == TOGETHER:
                filling.put(run, some)
                some = []
        if some:
            filling.put(run, some)

    return fill


def _from_lines(filling: _Filling, content: bytes) -> None:
    from suyuan.lake.live.outgoing import of_lines, run_of

    run = run_of(content)
    lines = [line for line in content.splitlines()[1:] if line.strip()]  # the first is the heading
    there = filling.spool.last(run)
    for number, begin in enumerate(range(0, len(lines), LINES), start=1):
        if number > there:
            filling.put(run, [of_lines(lines[begin : begin + LINES], filling.spool.sender, run, number)])


def _from_stdin(filling: _Filling) -> None:
    """Lines as a program prints them: a message when there are enough of them, or the first has waited long enough."""
    from suyuan.lake.live.outgoing import of_lines

    lines: list[bytes] = []
    lock = threading.Lock()
    ended = threading.Event()
    run = filling.spool.run

    def put() -> None:
        with lock:
            some = [line for line in lines if line.strip()]
            lines.clear()
            for begin in range(0, len(some), LINES):
                number = filling.spool.last(run) + 1
                filling.put(run, [of_lines(some[begin : begin + LINES], filling.spool.sender, run, number)])

    def now_and_then() -> None:
        while not ended.wait(SECONDS):
            put()

    thread = threading.Thread(target=now_and_then, daemon=True)
    thread.start()
    try:
        for line in sys.stdin.buffer:
            with lock:
                lines.append(line)
                enough = len(lines) >= LINES
            if enough:
                put()
    finally:
        ended.set()
        thread.join()
        put()
