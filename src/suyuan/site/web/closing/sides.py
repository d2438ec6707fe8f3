"""Both sides of a gap that was closed: the verdict then and now, U against its target, and the certificates behind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from suyuan.capability.gaps.gap import Side, need_key, side
from suyuan.capability.matching.match import Match
from suyuan.capability.need import Need
from suyuan.procedure.matter import Matter
from suyuan.site.acts import service
from suyuan.site.acts.matching import capability as capabilities
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.web.matching.match_parts import capability_way, laboratory
from suyuan.site.web.matters.drawn import verdict_html
from suyuan.site.web.matters.words import need_title, need_way
from suyuan.site.web.parts.text import day_text, unbroken
from suyuan.site.web.ways import certificate_way
from suyuan.verbs.matching.gaps import documents_of
from suyuan.verbs.matching.match import match_need
from suyuan.verbs.matter.guards import needs_behind, open_on
from suyuan.verbs.snapshot import Snapshot


def side_row(of: Side, hide: bool) -> dict[str, Any]:
    """One side: its day, verdict, capabilities, U/target, certificates with the way to each."""
    query = f"?day={of.day.isoformat()}" if of.day is not None and of.day < service.now_known().day else ""
    return {
        "day": day_text(of.day), "verdict": verdict_html(of.verdict), "documents": len(of.documents),
        "factor": f"{of.factor:.3g}" if of.factor is not None and not hide else "",
        "capabilities": [] if hide else [
            {"name": _name(key), "way": capability_way(key) + query} for key in of.capabilities
        ],
        "standards": [] if hide else _standards(of),
    }  # fmt: skip


def _name(key: tuple[str, str]) -> str:
    """A capability in the language of the page, where it is still registered."""
    own = capabilities.known(service.now_known()).get("/".join(key))
    return unbroken(" ".join(key) if own is None else f"{laboratory(own)} {own.id}")


def _standards(of: Side) -> list[dict[str, Any]]:
    """The certificates that the shown capabilities rest on; without a way where the document is not at hand."""
    known = service.now_known().evidence.by_key
    return [
        {"name": unbroken(number), "way": certificate_way(known[issuer, number][-1].digest)
         if (issuer, number) in known else ""}
        for issuer, number in of.standards
    ]  # fmt: skip


def sides_of(user: Any, view: Seen) -> list[dict[str, Any]]:
    """The needs of a challenge or project whose gap was shown to be closed, each with both sides; [] before that."""
    shown = view.where.took("gap_shown")
    began = open_on(view.where)
    if shown is None or began is None:
        return []
    known = service.now_known()
    needs = needs_behind(known, view.matter) or ()
    keys = sight.open_keys(user, known) if any(need.confidential for need in needs) else frozenset()
    return [_row(need, view.matter, (began, shown.time.date()), sight.hidden(need, keys)) for need in needs]


def _row(need: Need, matter: Matter, days: tuple[date, date], hide: bool) -> dict[str, Any]:
    before, after = (side_row(_side(service.now_known(day), need), hide) for day in days)
    return {"title": need_title(need, hide), "address": "" if hide else need_way(need),
            "before": before, "after": after}  # fmt: skip


def _side(known: Snapshot, need: Need) -> Side:
    """A need on a day; as it was registered then where it was."""
    registered: Mapping[Any, Need] = {need_key(item): item for item in known.needs}
    found: Match = match_need(known, registered.get(need_key(need), need))
    return side(found, documents_of(known, found), known.day)
