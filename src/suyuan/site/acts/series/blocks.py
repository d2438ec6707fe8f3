"""Blocks that came in, and those that were taken out again: by a steward, with a reason, and never deleted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

from suyuan.lake import withdrawn as words
from suyuan.quantity.finding import Refused, finding
from suyuan.site.acts.log import told
from suyuan.site.acts.series import held
from suyuan.site.acts.service import may

STEWARD = "steward"


def may_withdraw(user: Any) -> bool:
    """Whether somebody may take blocks out."""
    return may(user, STEWARD)


def latest(most: int) -> tuple[list[dict[str, Any]], int]:
    """The blocks that count, last written first, at most so many; and how many there are."""
    rows = held.block_rows()
    return rows[-most:][::-1], len(rows)


def out() -> list[dict[str, Any]]:
    """The blocks that are out, last taken out first, with who and why."""
    lake = held.lake()
    return [] if lake is None else words.withdrawn(lake)


def say(user: Any, digest: str, reason: str, back: bool = False) -> dict[str, Any]:
    """Take a block out, or bring it back. Raises PermissionDenied, Refused as `suyuan.lake.withdrawn` does."""
    if not may_withdraw(user):
        raise PermissionDenied
    lake = held.lake()
    if lake is None:
        raise Refused(finding("lake.block.unknown", digest[:64], lake="lake"))
    act = words.restore if back else words.withdraw
    row = act(lake, digest, user.get_username(), reason)
    told("block_back" if back else "block_out", user.get_username(), row["digest"], name=row["stream"],
         readings=row["n"], reason=row["reason"])  # fmt: skip
    return row
