"""The log as a file: several writers, a writer killed at any moment, half lines, and hands that alter it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from suyuan.lake.ledger import Ledger
from suyuan.quantity.finding import Refused
from suyuan.series.dataset.ledger import FIRST, Use, line_of, uses, verify

WRITER = """
import sys
from pathlib import Path
from suyuan.lake.ledger import Ledger
from suyuan.series.dataset.ledger import Use
book, who = Ledger(Path(sys.argv[1])), sys.argv[2]
for number in range(int(sys.argv[3])):
    book.append(Use(number, who, "g1", "d@1 sha256:0", "read", number, ("value", "u"), "research", note="长" * 400))
    print(number, flush=True)
"""


def use(number: int = 0, grant: str = "g1") -> Use:
    return Use(number, "university", grant, "d@1 sha256:00", "read", 3, ("value",), "research")


def writer(path: Path, who: str, count: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", WRITER, str(path), who, str(count)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=dict(os.environ))


def test_lines_follow_one_another(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "ledger.jsonl")
    assert book.read() == ((), ())
    made = [book.append(use(n)).digest for n in range(3)]
    lines, found = book.read(made[1])
    assert not found and [line.digest for line in lines] == made and lines[0].before == FIRST
    assert [line.use for line in lines] == [use(n) for n in range(3)]
    assert uses(lines, "g2") == () and len(uses(lines, dataset="d@1")) == 3 == len(uses(lines, "g1", "d"))
    assert [f.code for f in book.read("0" * 64)[1]] == ["sharing.ledger.cut"]


def test_the_first_broken_line_is_told(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "ledger.jsonl")
    for number in range(5):
        book.append(use(number))
    whole = book.path.read_bytes().splitlines(keepends=True)

    def broken(lines: list[bytes]) -> tuple[int, str]:
        good, found = verify(b"".join(lines))
        assert len(found) == 1 and found[0].code == "sharing.ledger.broken"
        return len(good) + 1, dict(found[0].parameters)["number"]

    altered = [*whole[:2], whole[2].replace(b'"rows":"3"', b'"rows":"2"'), *whole[3:]]
    assert broken(altered) == (4, "4")  # the line after bears the digest of what was
    assert broken([*whole[:2], *whole[3:]]) == (3, "3")
    assert broken([whole[1], *whole[1:]]) == (1, "1")
    assert broken([*whole[:4], b"nonsense\n", whole[4]]) == (5, "5")
    spaced = json.dumps(json.loads(whole[1])).encode() + b"\n"
    assert broken([whole[0], spaced, *whole[2:]]) == (2, "2")


def test_a_half_line_is_set_aside(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "ledger.jsonl")
    book.append(use(1))
    whole = book.path.read_bytes()
    half = line_of(use(2), 2, "0" * 64)[:40]
    book.path.write_bytes(whole + half)
    lines, found = book.read()
    assert len(lines) == 1 and [f.code for f in found] == ["sharing.ledger.half"]
    assert [f.code for f in book.append(use(3)).findings] == ["sharing.ledger.aside"]
    lines, found = book.read()
    assert not found and [line.use.time for line in lines] == [1, 3]
    assert [p.read_bytes() for p in tmp_path.glob("ledger.half-*")] == [half]
    book.path.write_bytes(half)  # a file that holds nothing but a half line
    assert len(book.append(use(4)).findings) == 1 and [x.use.time for x in book.read()[0]] == [4]
    book.path.write_bytes(b"no line\n")
    with pytest.raises(Refused):
        book.append(use(5))
    assert book.path.read_bytes() == b"no line\n"


def test_writers_killed_at_any_moment_lose_nothing_that_they_had_told(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    told: dict[str, int] = {}
    for round_ in range(4):
        several = [writer(path, f"w{round_}-{n}", 100_000) for n in range(3)]
        begun = [[one.stdout.readline() for _ in range(3)] for one in several if one.stdout is not None]
        time.sleep(0.013 * round_)
        for one in several:
            one.send_signal(signal.SIGKILL)
        for n, one in enumerate(several):
            out = one.communicate()[0].split("\n")[:-1]
            told[f"w{round_}-{n}"] = len(begun[n]) + len(out)
    Ledger(path).append(use())  # sets a half line aside if there is one
    lines, found = Ledger(path).read()
    assert not found
    for who, count in told.items():
        numbers = [line.use.rows for line in lines if line.use.who == who]
        assert numbers == list(range(len(numbers))) and len(numbers) in (count, count + 1)
