"""The site works out beforehand what pages of today need; pages asked for meanwhile are right, memory is bounded."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.demonstration import demonstration_in

from suyuan.capability.write import capability_row
from suyuan.quantity.fields import canonical

pytestmark = pytest.mark.usefixtures("stocked")


def delivery(rows: list[dict[str, Any]], number: str, day: str = "2026-01-05") -> bytes:
    """One more register of an organisation."""
    return canonical({"suyuan": "register", "organisation": {"zh": "演示新来的实验室"}, "number": number, "day": day,
                      "rows": {"capability": rows}})  # fmt: skip


def rows_like(known: Any, count: int) -> list[dict[str, Any]]:
    row = {k: v for k, v in capability_row(known.capabilities[0]).items() if k not in ("laboratory", "standards")}
    return [json.loads(json.dumps(row | {"id": f"W-{at}"}), parse_float=str, parse_int=str) for at in range(count)]


def test_what_pages_need_is_there_afterwards() -> None:
    from suyuan.site.acts import warm
    from suyuan.site.acts.service import now_known

    known = warm.warm()
    assert known is now_known()
    names = {"capability columns", "index of capabilities", "capabilities that hold", "verdicts of all needs",
             "index of everything", "choices of capabilities", "capabilities by name", "site gaps"}  # fmt: skip
    assert names <= set(known._kept)
    before = dict(known._kept)
    assert warm.warm(None, known) is known and known._kept == before


def test_a_new_document_is_taken_in(stocked: Path) -> None:
    from suyuan.site.acts import store, warm
    from suyuan.site.acts.service import now_known

    first = warm.warm()
    added = store.store().add(delivery(rows_like(first, 3), "W1"), "w.json")
    assert added.stored, added.findings
    second = warm.warm(None, first)
    assert second is not first and second is now_known()
    assert len(second.capabilities) == len(first.capabilities) + 3
    assert "index of capabilities" in second._kept


def test_work_on_what_is_past_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    from suyuan.site.acts import store, warm
    from suyuan.site.acts.service import now_known

    done: list[str] = []

    def deliver(known: Any) -> None:
        store.store().add(delivery(rows_like(known, 1), "W9"), "w.json")

    monkeypatch.setattr(warm, "STEPS", {"delivers": deliver, "later": lambda _: done.append("later")})
    known = warm.warm()
    assert not done and known is not now_known()


def test_a_step_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from suyuan.site.acts import warm

    done: list[str] = []
    steps: dict[str, Callable[[Any], Any]] = {"bad": lambda _: 1 / 0, "good": lambda _: done.append("good")}
    monkeypatch.setattr(warm, "STEPS", steps)
    warm.warm()
    assert done == ["good"] and "bad" in caplog.text


def test_two_who_ask_at_once_wait_for_one_work() -> None:
    from suyuan.site.acts.service import now_known

    known, begun, go, made = now_known(), threading.Event(), threading.Event(), []

    def make() -> object:
        begun.set()
        go.wait(30.0)
        made.append(object())
        return made[-1]

    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(known.once("asked twice", make))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(30.0)
    go.set()
    for thread in threads:
        thread.join(30.0)
    assert len(made) == 1 and found == made * 3


def test_work_that_fails_is_tried_again_and_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    from suyuan.site.acts.service import now_known
    from suyuan.verbs import snapshot as module

    known = replace(now_known())
    with pytest.raises(ZeroDivisionError):
        known.once("fails", lambda: 1 // 0)
    assert known.once("fails", lambda: 5) == 5
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    held, go = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: known.once("slow", lambda: (held.set(), go.wait(30.0), 1)[2]))
    thread.start()
    assert held.wait(30.0)
    assert known.once("slow", lambda: 1) == 1  # worked out beside
    go.set()
    thread.join(30.0)


def test_days_are_bounded_and_share_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    from suyuan.site.acts import clock, service, store

    today = service.now_known()
    past = [clock.today() - timedelta(days=at) for at in range(1, 12)]
    snapshots = [service.now_known(day) for day in past]
    assert service.now_known() is today, "today's stays"
    assert len(service._kept) == service._MOST_DAYS
    assert snapshots[0].capabilities is today.capabilities, "the same deliveries count"
    monkeypatch.setattr(service, "_MANY_ROWS", 1)
    service.now_known(past[0])
    assert set(service._kept) == {clock.today(), past[0]}
    store.store().add(delivery(rows_like(today, 1), "W2"), "w.json")
    again = service.now_known()
    assert again is not today and set(service._kept) == {clock.today()}, "what something was added to is let go"
    assert again.capabilities is not today.capabilities


def test_rows_of_days_with_other_deliveries_are_their_own() -> None:
    from suyuan.procedure.register import merged
    from suyuan.site.acts.service import now_known
    from suyuan.verbs.snapshot import snapshot

    known = now_known()
    days = sorted({r.day for r in known.documents.registers})
    for day in (days[0] - timedelta(days=1), *days, date.max):
        there = snapshot(known.evidence, known.documents, day)
        for kind in ("capability", "need", "person", "centre"):
            assert there.deliveries(kind) == merged(known.documents.registers, kind, day)
            assert there.rows(kind) == tuple(row for _, row in there.deliveries(kind))


# ---------------------------------------------------------------- the real server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, Path, subprocess.Popen[bytes]]]:
    """A server of its own on a copy of the demonstration; port, folder, process."""
    folder = demonstration_in(tmp_path / "served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "suyuan.site.serve", "--data", str(folder), "--port", str(port)]
    log = (tmp_path / "log").open("w+b")
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield port, folder, process
    finally:
        process.terminate()
        process.wait(60)
        log.seek(0)
        said = log.read().decode()
        log.close()
        assert "Traceback" not in said, said


def opened(port: int) -> urllib.request.OpenerDirector:
    """Somebody who came in by the door of the demonstration, as soon as the server listens."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    end = time.monotonic() + 240.0
    while True:
        try:
            door = opener.open(f"http://127.0.0.1:{port}/enter", timeout=240.0).read().decode()
            break
        except urllib.error.URLError as error:
            assert isinstance(error.reason, ConnectionRefusedError) and time.monotonic() < end, error
            time.sleep(0.1)
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', door)
    assert token is not None
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "role": "customer"}).encode()
    assert opener.open(f"http://127.0.0.1:{port}/enter", form, timeout=240.0).status == 200
    return opener


def test_pages_asked_for_while_it_warms_up(server: tuple[int, Path, subprocess.Popen[bytes]]) -> None:
    """From the very first moment, by several at once, and again while a delivery of another process is taken in."""
    from suyuan.site.acts.service import now_known
    from suyuan.store.folder import Store

    port, folder, process = server
    opener = opened(port)
    pages = ["match", "match?q=torque", "capabilities?q=length", "capabilities", "gaps", "capabilities?q=W-399"]
    texts: dict[str, str] = {}

    def ask(page: str) -> None:
        answer = opener.open(f"http://127.0.0.1:{port}/{page}", timeout=240.0)
        assert answer.status == 200 and "/enter" not in answer.url
        texts[page] = answer.read().decode()

    for turn in range(2):
        texts.clear()
        asking = [threading.Thread(target=ask, args=(page,)) for page in pages]
        for thread in asking:
            thread.start()
        if turn == 0:
            added = Store(folder).add(delivery(rows_like(now_known(), 400), "W3"), "w.json")
            assert added.stored
        for thread in asking:
            thread.join(240.0)
        assert set(texts) == set(pages)
    assert "W-399" in texts["capabilities?q=W-399"].replace("q=W-399", ""), "what came in meanwhile is found"
    assert process.poll() is None
