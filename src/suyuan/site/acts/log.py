"""Writing to the log."""

from __future__ import annotations

from suyuan.site.acts.clock import now
from suyuan.site.records.log import Log


def told(act: str, user: str = "", digest: str = "", **note: object) -> Log:
    """One line: who did what to which document; note: what a reader will need to understand it later."""
    return Log.objects.create(
        time=now(), user=user, act=act, digest=digest, note={k: v for k, v in note.items() if v not in ("", None)}
    )
