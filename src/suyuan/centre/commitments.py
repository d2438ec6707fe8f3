"""Commitments of a public reply or plan, clause by clause: the status follows from evidence and a day, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from suyuan.centre.records import Commitment
from suyuan.certificate.certificate import Text
from suyuan.quantity.table import load

Status = Literal["done", "under_way", "overdue", "no_evidence"]
WORDS: Mapping[Status, Text] = {
    "done": {"zh": "已完成（有证据）", "en": "done, with evidence"},
    "under_way": {"zh": "进行中", "en": "under way"},
    "overdue": {"zh": "逾期", "en": "overdue"},
    "no_evidence": {"zh": "没有证据", "en": "no evidence"},
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What one address of evidence shows. state: complete; partial (begun, or less than is wanted); absent (nothing
    bears that name); day: of the latest event; text: what was found, in few words; found: addresses of what was
    found."""

    address: str
    state: Literal["complete", "partial", "absent"]
    day: date | None = None
    text: Text | None = None
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """A clause with its status. shown: address by address; days: until it is due, negative when overdue, None without
    a due day; done_on: day of the last piece of evidence where all is there."""

    commitment: Commitment
    status: Status
    shown: tuple[Shown, ...]
    days: int | None
    done_on: date | None = None


def progress(commitment: Commitment, shown: Iterable[Shown], day: date) -> Progress:
    """The status of a clause on a day.

    done: every address is complete, and there is one; else overdue: the due day has passed; else under way: something
    was found; else no evidence.

    >>> clause = Commitment("k", "reply", "1", {}, {}, date(2026, 1, 1), ("document:x",))
    >>> progress(clause, [Shown("document:x", "absent")], date(2026, 1, 2)).status
    'overdue'
    """
    rows = tuple(shown)
    days = None if commitment.due is None else (commitment.due - day).days
    if rows and all(row.state == "complete" for row in rows):
        known = [row.day for row in rows if row.day is not None]
        return Progress(commitment, "done", rows, days, max(known, default=None))
    if days is not None and days < 0:
        return Progress(commitment, "overdue", rows, days)
    begun = any(row.state != "absent" for row in rows)
    return Progress(commitment, "under_way" if begun else "no_evidence", rows, days)


@cache
def reply_of_2024() -> tuple[Commitment, ...]:
    """The clauses of the reply 沪市监书〔2024〕130号 as far as they are known here, in our own words; a demonstration.

    >>> len(reply_of_2024()), reply_of_2024()[0].document
    (16, '沪市监书〔2024〕130号')
    """
    return tuple(
        Commitment(
            row["id"], row["document"], row["clause"], {"zh": row["zh"], "en": row["en"]},
            {"zh": row["owner_zh"], "en": row["owner_en"]}, None, tuple(row["evidence"]), row["source"], True,
        )
        for row in load("suyuan.centre", "commitments-2024")
    )  # fmt: skip


def counts(rows: Iterable[Progress]) -> Mapping[Status, int]:
    """Status → number of clauses, all four."""
    found: dict[Status, int] = dict.fromkeys(WORDS, 0)
    for row in rows:
        found[row.status] += 1
    return found
