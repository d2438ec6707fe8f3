"""The journal, and the way from it into the lake, broken off at every step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from suyuan.lake.beside import lake_of
from suyuan.lake.live import cut as cutting
from suyuan.lake.live.cut import Cutter, dead_letters, understood
from suyuan.lake.live.journal import Journal, Record
from suyuan.lake.live.owned import owned
from suyuan.quantity.finding import Refused
from tests.lake.live.broker import counting, expected, message

RECORDS = [Record(10**15 + n, f"topic/{n}", bytes([n]) * (n * 7)) for n in range(12)]


def whole(folder: Path) -> tuple[list[Record], Journal]:
    journal = Journal(folder, 10**6)
    return [r for s in journal.closed for r in journal.records(s)], journal


def test_what_was_flushed_is_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 10**6)
    journal.write(RECORDS[:5])
    journal.close()
    journal.write(RECORDS[5:])
    found, again = whole(tmp_path)  # the second segment was not closed: the process died
    assert found == RECORDS and again.findings == []


@pytest.mark.parametrize("lost", [1, 3, 20, 60])
def test_a_torn_end_is_cut_off(tmp_path: Path, lost: int) -> None:
    journal = Journal(tmp_path, 10**6)
    journal.write(RECORDS)
    path = next(tmp_path.glob("*.journal"))
    path.write_bytes(path.read_bytes()[:-lost])
    found, again = whole(tmp_path)
    assert found == RECORDS[:11] and again.findings == []


def test_a_damaged_record_is_put_beside(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 10**6)
    journal.write(RECORDS)
    path = next(tmp_path.glob("*.journal"))
    content = bytearray(path.read_bytes())
    at = content.find(RECORDS[6].payload)
    content[at] ^= 0xFF
    path.write_bytes(bytes(content))
    found, again = whole(tmp_path)
    assert found == RECORDS[:6] + RECORDS[7:]
    assert [f.code for f in again.findings] == ["live.journal.damaged"]
    assert len(list(tmp_path.glob("*.damaged"))) == 1


def test_one_process_has_a_folder(tmp_path: Path) -> None:
    held = owned(tmp_path)
    with pytest.raises(Refused, match=r"live\.listener\.taken"):
        owned(tmp_path)
    held.close()
    owned(tmp_path).close()


STEPS = ("_append", "_aside", "_keep", "declare", "append", "flush")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_broken_off_anywhere_it_counts_once(
    tmp_path: Path, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies before or after each step of the second segment; the next one does it again."""
    lake = lake_of(tmp_path, new=True)
    segments = [[message(1), message(2), b"{"], [message(4), message(2), b"junk", message(3)], [message(4)]]
    entries = [[(r, understood(r)) for r in (Record(10**15 + i, "", p) for i, p in enumerate(s))] for s in segments]
    cutter = Cutter(lake, tmp_path / "live")
    first = cutter.cut(1, entries[0])
    assert (first.messages, first.readings, first.aside, first.repeated) == (3, 10, 1, 0)
    owner: Any = cutter if step.startswith("_") else cutter._flushed if step == "flush" else lake
    real = getattr(owner, step)

    def dies(*given: Any) -> Any:
        if when == "after":
            real(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, step, dies)
    with pytest.raises(KeyboardInterrupt):
        cutter.cut(2, entries[1])
    monkeypatch.undo()
    again = Cutter(lake_of(tmp_path), tmp_path / "live")  # a new process
    again.cut(2, entries[1])
    again.cut(3, entries[2])
    assert counting(tmp_path, "t1") == expected(range(1, 5))
    blocks = lake_of(tmp_path).blocks("t1")
    assert sum(blocks["n"].to_pylist()) == 20, "nothing stands twice in the lake"
    assert [record.payload for record, _, _ in dead_letters(tmp_path / "live")] == [b"{", b"junk"]
    assert again.gaps == {} and again.counts["repeated"] == 2


def test_a_lake_that_takes_nothing_leaves_the_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cutter = Cutter(lake_of(tmp_path, new=True), tmp_path / "live")
    records = [Record(1, "", message(n)) for n in (1, 5)]

    def full(*given: Any) -> Any:
        raise Refused(cutting.finding("lake.append.failed", "", reason="no space"))

    monkeypatch.setattr(cutter.lake, "append", full)
    with pytest.raises(Refused):
        cutter.cut(1, [(r, understood(r)) for r in records])
    assert cutter.sequences.rows() == [] and cutter.done == 0
    monkeypatch.undo()
    made = cutter.cut(1, [(r, understood(r)) for r in records])
    assert made.readings == 10 and [f.code for f in made.findings] == ["live.sequence.gap"]


def test_one_wrong_message_holds_up_no_other(tmp_path: Path) -> None:
    """A unit of another kind, a value that is no multiple of the stated resolution, a stream that nobody declared."""
    cutter = Cutter(lake_of(tmp_path, new=True), tmp_path / "live")
    good, rest = message(1), message(2)
    other = message(3).replace(b'"degC"', b'"kg"')
    odd = message(4).replace(b'"resolution": "0.01"', b'"resolution": "0.3"')
    bare = b"t9,2026-01-01T00:00:00Z,1.5\nt1,2026-01-02T00:00:00Z,1.5\n"
    payloads = (good, other, odd, bare, rest)
    made = cutter.cut(1, [(r, understood(r)) for r in (Record(1, "", p) for p in payloads)])
    assert made.readings == 11 and made.aside == 3
    letters = list(dead_letters(tmp_path / "live"))
    assert [loaded for _, loaded, _ in letters] == [0, 0, 1]
    assert [reasons[0].code for _, _, reasons in letters] == [
        "lake.intake.other_unit", "series.block.no_multiple", "live.stream.unknown",
    ]  # fmt: skip
    later = cutter.cut(2, [(r, understood(r)) for r in (Record(2, "", odd.replace(b'"0.3"', b'"0.01"')),)])
    assert later.readings == 5, "put right, the same number is taken"
