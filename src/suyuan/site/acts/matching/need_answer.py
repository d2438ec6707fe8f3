"""Answers to a need: who said what to whoever has it, with the verdict of that day. They stand in the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.log import told
from suyuan.site.acts.matching.need import Seen
from suyuan.site.acts.service import may, require
from suyuan.site.records.log import Log

ANSWER = ("offer", "direct", "regulate", "steward")
"""Acts of which one is needed to answer a need."""


@dataclass(frozen=True)
class Answer:
    """One answer. user: account; name: of the person; verdict: on the day that it was given."""

    time: datetime
    user: str
    name: str
    verdict: str
    text: str


def may_answer(user: User) -> bool:
    """Whether somebody may answer needs."""
    return may(user, *ANSWER)


def answer(user: User, view: Seen, verdict: str, text: str) -> None:
    """Keep an answer."""
    require(user, *ANSWER)
    name = getattr(user, "last_name", "") or user.get_username()
    told("answered", user.get_username(), view.register.digest, need=view.need.id, verdict=verdict, text=text,
         name=name)  # fmt: skip


def answers(digest: str, id: str) -> list[Answer]:
    """The answers to one need of a delivery, the newest first."""
    rows = Log.objects.filter(act="answered", digest=digest, note__need=id)
    return [
        Answer(
            row.time, row.user, row.note.get("name", row.user), row.note.get("verdict", ""), row.note.get("text", "")
        )
        for row in rows
    ]


def answered(digests: frozenset[str]) -> frozenset[tuple[str, str]]:
    """Digest and id of each need that somebody has answered, of some deliveries."""
    rows = Log.objects.filter(act="answered", digest__in=digests).values_list("digest", "note__need")
    return frozenset((digest, id) for digest, id in rows)
