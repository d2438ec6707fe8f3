"""The end of a matter's chain, kept in the log: events that were cut off its end are seen, which the chain alone hides.

Each event that is kept writes its digest into the log. Lines of the log are never changed or removed.
"""

from __future__ import annotations

from collections.abc import Iterator

from suyuan.procedure.matter import Matter, cut, last_digest
from suyuan.quantity.finding import Finding
from suyuan.site.acts.log import told
from suyuan.site.records.log import Log

BEGINS = ("matter_opened", "matter_adopted")


def recorded(act: str, account: str, matter: Matter) -> Log:
    """One line of the log about a matter, with the end that its chain has now."""
    return told(
        act[:20], account, procedure=matter.procedure, number=matter.number, events=len(matter.events),
        last=last_digest(matter),
    )  # fmt: skip


def lost_end(matter: Matter) -> tuple[Finding, ...]:
    """An end that the log knows and the chain does not hold, the newest of them; () where it is whole."""
    return next((found for last in _ends(matter) if (found := cut(matter, last))), ())


def _ends(matter: Matter) -> Iterator[str]:
    """Recorded ends, the newest first, back to the opening or to the last taking in of a document."""
    about = {"note__procedure": matter.procedure, "note__number": matter.number, "note__has_key": "last"}
    for row in Log.objects.filter(**about).order_by("-id"):
        yield str(row.note["last"])
        if row.act in BEGINS:
            return
