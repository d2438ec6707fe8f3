"""The sender's side by HTTP, and what docs/live.md says: its messages are read, its commands run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from suyuan.lake.live.journal import Record
from suyuan.lake.live.message import read
from suyuan.lake.live.spool import Spool
from suyuan.quantity.finding import Refused
from tests.lake.live.broker import (
    ABSENT,
    FIRST,
    MOSQUITTO,
    Broker,
    Suyuan,
    counting,
    expected,
    free_port,
    message,
    post,
    until,
)

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "live.md").read_text("utf-8")
ROWS = 20_000


def table(path: Path) -> Path:
    """A made-up file: a reading a second."""
    rows = (f"2026-01-01T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z;{n % 700 / 10:.1f}" for n in range(ROWS))
    path.write_text("time;T [degC]\n" + "\n".join(rows), "utf-8")
    return path


def test_a_sender_that_is_killed_goes_on(tmp_path: Path) -> None:
    """Nobody listens at first; the sender is killed; then the same command delivers the whole file, once."""
    file, spool, data = table(tmp_path / "a.csv"), tmp_path / "spool", tmp_path / "data"
    url = f"http://127.0.0.1:{free_port()}"
    first = Suyuan("lake", "send", str(file), "--to", url, "--spool", str(spool), "--json")
    until(lambda: any((spool / "spool").glob("*.journal")), "something is in the spool")
    first.kill()
    impatient = Suyuan("lake", "send", str(file), "--to", url, "--spool", str(spool), "--patience", "1", "--json")
    code, answer = impatient.end()
    assert code == 1 and answer["waiting"] == 10
    assert {"live.send.waiting", "live.send.away"} <= {f["code"] for f in answer["findings"]}
    listener = Suyuan("lake", "listen", url, "--data", str(data), "--json").ready()
    code, answer = Suyuan("lake", "send", str(file), "--to", url, "--spool", str(spool), "--json").end()
    assert (code, answer["messages"], answer["delivered"], answer["waiting"]) == (0, 0, 10, 0)
    code, answer = listener.stop()
    assert (code, answer["lake_readings"], answer["gaps"]) == (0, ROWS, 0)
    assert counting(data, "T") == {FIRST + n * 1_000_000: n % 700 / 10 for n in range(ROWS)}


def test_a_wrong_token_ends_it_and_the_spool_keeps_all(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    token = tmp_path / "token"
    token.write_text("right\n")
    data = str(tmp_path / "data")
    listener = Suyuan("lake", "listen", url, "--data", data, "--token-file", str(token), "--json").ready()
    common = ("--to", url, "--spool", str(tmp_path / "spool"), "--json")
    code, answer = Suyuan("lake", "send", str(table(tmp_path / "a.csv")), *common).end()
    assert (code, answer["findings"][0]["code"], answer["waiting"]) == (2, "live.send.refused", 10)
    code, answer = Suyuan("lake", "send", *common, "--token-file", str(token)).end()
    assert (code, answer["delivered"]) == (0, 10)
    assert listener.stop()[0] == 0


def test_a_spool_is_bounded_and_numbers_never_come_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10_000, "p")
    spool.put("r", [b"x" * 1000] * 3)
    with pytest.raises(Refused, match=r"live\.spool\.full"):
        spool.put("r", [b"x" * 9000])
    found = spool.segment()
    assert found is not None
    for position in range(3):
        spool.delivered(found[0].number, position)
    assert spool.waiting == 0 and list((tmp_path / "spool").glob("*.journal")) == []
    spool.close()
    again = Spool(tmp_path)
    again.put("r", [b"y"])
    assert (again.sender, again.last("r")) == ("p", 4)
    again._owner.close()  # it dies
    third = Spool(tmp_path)
    assert third.last("r") == 4 and third.waiting == 1
    found = third.segment()
    assert found is not None and [(r.via, r.payload) for r in found[1]] == [("r 4", b"y")]
    assert isinstance(found[1][0], Record)
    third.close()


def test_the_messages_of_the_page_are_read() -> None:
    shown = [text for text in re.findall(r"`([^`]+)`", DOCS) if '"readings-1"' in text or text.startswith("t1,")]
    assert len(shown) == 2
    for text in shown:
        made = read(text.encode())
        assert made.whole and made.parts[0].value is not None and made.parts[0].value.tolist() == [20.15]


@pytest.mark.skipif(MOSQUITTO is None, reason=ABSENT)
def test_the_commands_of_the_page_run(tmp_path: Path) -> None:
    """As printed, with other ports and folders; with the broker's configuration that the page gives."""
    config = re.findall(r"^    ((?:persistence|autosave|max_queued)\S* .*)$", DOCS, re.MULTILINE)
    assert len(config) == 4
    lines = "\n".join(line for line in config if not line.startswith("max_queued"))
    extra = f"allow_anonymous true\n{lines}\npersistence_location {tmp_path}/broker/\n"
    broker = Broker(tmp_path / "broker", extra).start()
    port, data = free_port(), tmp_path / "data"
    table(tmp_path / "export.csv")
    changes = {"8090": str(port), "1883": str(broker.port), "DATA": str(data), "SPOOL": str(tmp_path / "spool"),
               "export.csv": str(tmp_path / "export.csv")}  # fmt: skip

    def command(word: str) -> Suyuan:
        line = next(x for x in re.findall(r"^    suyuan (.*)$", DOCS, re.MULTILINE) if x.startswith(word))
        for printed, ours in changes.items():
            line = line.replace(printed, ours)
        return Suyuan(*shlex.split(line), "--json")

    listener = command("lake listen").ready()
    assert command("lake send").end()[0] == 0
    assert post(f"http://127.0.0.1:{port}", message(1))[0] == 202
    assert listener.stop()[0] == 0
    assert len(counting(data, "T")) == ROWS and counting(data, "t1") == expected(range(1, 2))
