"""HTTP for real: a process that is killed, a journal that is full, tokens, wrong requests."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
from pathlib import Path

from tests.lake.live.broker import Suyuan, counting, expected, free_port, message, post, status, until


def listen(data: Path, *more: str, env: dict[str, str] | None = None) -> tuple[Suyuan, str]:
    url = f"http://127.0.0.1:{free_port()}"
    return Suyuan("lake", "listen", url, "--data", str(data), "--json", *more, env=env).ready(), url


def test_killed_again_and_again_it_loses_nothing(tmp_path: Path) -> None:
    """Senders that repeat what was not answered; the listener is killed three times, twice of them while it cuts."""
    answered: set[int] = set()
    place = [""]
    over = threading.Event()

    def sender(numbers: range) -> None:
        for number in numbers:
            while not over.is_set() and post(place[0], message(number))[0] != 202:
                over.wait(0.02)
            answered.add(number)

    process, place[0] = listen(tmp_path, "--cut-seconds", "0.2")
    threads = [threading.Thread(target=sender, args=(range(k, 241, 4),), daemon=True) for k in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for enough in (30, 90, 150):
        until(lambda enough=enough: len(answered) >= enough, f"{enough} answers")
        process.kill()
        before = set(answered)
        process, place[0] = listen(tmp_path, "--cut-seconds", "0.2")
        assert len(before) >= enough
    for thread in threads:
        thread.join(60)
    assert answered == set(range(1, 241))
    code, answer = process.stop()
    assert (code, answer["gaps"], answer["journal"]) == (0, 0, 0)
    assert counting(tmp_path, "t1") == expected(range(1, 241))


def test_answered_means_on_the_disk(tmp_path: Path) -> None:
    """Killed right after the answer, long before anything is cut: the next process brings it into the lake."""
    process, url = listen(tmp_path, "--cut-seconds", "3600")
    for number in (1, 2, 3):
        assert post(url, message(number))[0] == 202
    process.kill()
    process, url = listen(tmp_path)
    until(lambda: status(url)["lake_readings"] == 15, "the readings are in the lake")
    assert process.stop()[0] == 0
    assert counting(tmp_path, "t1") == expected(range(1, 4))


def test_a_full_journal_says_later_and_stays_small(tmp_path: Path) -> None:
    """The lake takes nothing; the journal fills to its bound; then senders are told, and nothing kept is lost."""
    data = tmp_path / "data"
    process, url = listen(data, "--journal-megabytes", "0.055", "--cut-seconds", "0.1")
    log = data / "lake" / "streams" / "_delta_log"
    hidden = log.rename(log.with_name("hidden"))
    kept = []
    for number in range(1, 400):
        code, answer, headers = post(url, message(number, 50))
        if code != 202:
            break
        kept.append(number)
    assert (code, answer["findings"][0]["code"]) == (503, "live.listener.full")
    assert int(headers["Retry-After"]) > 0
    assert status(url)["journal"] <= 60_000 and 3 < len(kept) < 100
    assert sum(p.stat().st_size for p in (data / "live" / "journal").iterdir()) <= 60_000
    assert status(url)["trouble"] is not None
    hidden.rename(log)
    until(lambda: status(url)["journal"] == 0, "the lake is well again")
    assert post(url, message(number, 50))[0] == 202
    assert process.stop()[0] == 0
    assert kept == list(range(1, number))
    assert counting(data, "t1") == expected(range(1, number + 1), 50)


def test_a_bad_message_is_kept_aside_and_told(tmp_path: Path) -> None:
    process, url = listen(tmp_path, "--cut-seconds", "0.1")
    code, answer, _ = post(url, b"{")
    assert (code, answer["kept"], answer["findings"][0]["code"]) == (422, True, "live.message.broken")
    assert post(url, message(1))[0] == 202  # the unit of t1
    partly = b"t1,2026-01-01T00:00:00Z,1.5\n,2026-01-01T00:00:00Z,1\n"
    code, answer, _ = post(url, partly)
    assert (code, answer["readings"]) == (202, 1)
    until(lambda: status(url)["aside"] == 2, "both are aside")
    code, answer = process.stop()
    assert code == 0 and "live.message.aside" in [f["code"] for f in answer["findings"]]
    letters = [json.loads(line) for p in sorted((tmp_path / "live" / "aside").iterdir())
               for line in p.read_text("utf-8").splitlines()]  # fmt: skip
    assert [letter["payload"] for letter in letters] == ["{", partly.decode()]


def so2(more: str) -> bytes:
    return f'{{"stream":"so2","time":"2026-01-01T00:00:00Z","value":31.5{more}}}'.encode()


def test_what_cannot_go_in_is_refused_at_once(tmp_path: Path) -> None:
    """A stream that nobody knows without a unit, a unit that does not convert, a quantity of another kind: 422, and
    nothing is kept. What the lake cannot know at once goes aside, and the status says why."""
    process, url = listen(tmp_path, "--cut-seconds", "3600")
    said = [post(url, body)[:2] for body in (
        b'{"stream":"t2","time":"2026-01-01T00:00:00Z","value":1.5}',
        so2(""),
        so2(',"unit":"mg/m3","quantity":"mass concentration of SO2"'),  # waits in the journal
        so2(""),
        so2(',"unit":"degC"'),
        so2(',"quantity":"temperature"'),
    )]  # fmt: skip
    assert [code for code, _ in said] == [422, 422, 202, 202, 422, 422]
    bad = [answer for code, answer in said if code == 422]
    assert [answer["findings"][0]["code"] for answer in bad] == [
        "live.stream.unknown", "live.stream.unknown", "lake.intake.other_unit", "live.stream.quantity",
    ]  # fmt: skip
    assert all(not answer["kept"] and not answer["readings"] for answer in bad)
    both = (b'{"readings":[{"stream":"so2","time":"2026-01-01T00:01:00Z","value":32.5},'
            b'{"stream":"t2","time":"2026-01-01T00:01:00Z","value":1.5}]}')  # fmt: skip
    code, answer, _ = post(url, both)  # half of it goes in
    assert (code, answer["readings"], answer["findings"][0]["code"]) == (202, 1, "live.stream.unknown")
    assert (status(url)["kept"], status(url)["unfit"], status(url)["aside"]) == (3, 4, 0)
    process.kill()
    process, url = listen(tmp_path, "--cut-seconds", "0.1")
    until(lambda: status(url)["lake_readings"] == 3, "the readings are in the lake")
    assert post(url, so2(',"unit":"degC"'))[0] == 422  # known from the lake
    reason = status(url)["aside_reasons"]
    assert status(url)["aside"] == 1 and [(r["count"], r["code"]) for r in reason] == [(1, "live.stream.unknown")]
    assert process.stop()[0] == 0
    process, url = listen(tmp_path)
    assert status(url)["aside_reasons"] == reason  # as long as the folder is there
    assert process.stop()[0] == 0


def test_the_sender_keeps_what_is_refused(tmp_path: Path) -> None:
    process, url = listen(tmp_path / "data", "--cut-seconds", "0.1")
    (tmp_path / "l.txt").write_text("#readings-1\nt2,2026-01-01T00:00:00Z,1.5\n", "utf-8")
    spool = tmp_path / "spool"
    code, answer = Suyuan("lake", "send", str(tmp_path / "l.txt"), "--to", url, "--spool", str(spool), "--json").end()
    assert (code, answer["refused"], answer["aside"], answer["waiting"]) == (1, 1, 0, 0)
    assert "live.send.unfit" in [f["code"] for f in answer["findings"]]
    letter = json.loads(next((spool / "aside").glob("*.jsonl")).read_text("utf-8"))
    assert "t2,2026" in letter["payload"] and letter["reasons"][0]["code"] == "live.stream.unknown"
    code, answer = process.stop()
    assert (code, answer["unfit"], answer["kept"], answer["aside"]) == (0, 1, 0, 0)


def test_only_who_shows_the_token_may_write(tmp_path: Path) -> None:
    process, url = listen(tmp_path, env={"SUYUAN_LIVE_TOKEN": "open sesame"})
    assert post(url, message(1))[0] == 401
    assert post(url, message(1), Authorization="Bearer wrong")[0] == 401
    assert post(url, message(1), Authorization="Bearer open sesame")[0] == 202
    assert process.stop()[0] == 0
    assert counting(tmp_path, "t1") == expected(range(1, 2))
    refused = Suyuan("lake", "listen", "http://0.0.0.0:0", "--data", str(tmp_path), "--json")
    code, answer = refused.end()
    assert (code, answer["findings"][0]["code"]) == (2, "live.http.open")


def test_requests_that_are_wrong(tmp_path: Path) -> None:
    process, url = listen(tmp_path, "--cut-seconds", "0.1")
    host, port = url.removeprefix("http://").split(":")
    link = http.client.HTTPConnection(host, int(port), timeout=10)
    link.putrequest("POST", "/readings")
    link.endheaders()
    assert link.getresponse().status == 411
    link = http.client.HTTPConnection(host, int(port), timeout=10)
    link.putrequest("POST", "/readings")
    link.putheader("Content-Length", str(10**9))
    link.endheaders()
    assert link.getresponse().status == 413
    assert link_get(host, port, "/etc") == 404
    with socket.create_connection((host, int(port))) as s:  # a sender that dies in the middle
        s.sendall(b"POST /readings HTTP/1.1\r\nContent-Length: 500\r\n\r\n" + os.urandom(50))
    assert post(url, message(1))[0] == 202
    code, answer = process.stop()
    assert (code, answer["kept"]) == (0, 1)


def link_get(host: str, port: str, path: str) -> int:
    link = http.client.HTTPConnection(host, int(port), timeout=10)
    link.request("GET", path)
    return link.getresponse().status


def test_a_second_listener_is_told(tmp_path: Path) -> None:
    process, _ = listen(tmp_path)
    second = Suyuan("lake", "listen", f"http://127.0.0.1:{free_port()}", "--data", str(tmp_path), "--json")
    code, answer = second.end()
    assert (code, answer["findings"][0]["code"]) == (2, "live.listener.taken")
    assert process.stop()[0] == 0
