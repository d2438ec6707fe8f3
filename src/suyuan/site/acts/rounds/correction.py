"""A correction after closing: the number that stands is looked up here, so that nobody types it from memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from suyuan.comparison.round.standing import corrected_document, rows_meant
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.rounds.one import Seen, happen


def stands(view: Seen, measurand: str, field: str) -> str:
    """The digits that stand in one's own submission now, corrections in it; «» where there are none."""
    state = view.where.members[view.me]
    if state.document is None:
        return ""
    content = json.loads(corrected_document(state, view.where.corrections))
    rows = rows_meant(content.get("results"), measurand, "")
    value = rows[0].get(field) if rows else None
    return "" if value is None else str(value).strip()


def correct(user: User, view: Seen, content: Mapping[str, Any]) -> Seen:
    """One's own correction as an event, with the old number beside the new. Raises Refused."""
    old = stands(view, str(content.get("measurand", "")), str(content.get("field", "")))
    return happen(user, view.row.number, "corrected", {**content, "old": old})
