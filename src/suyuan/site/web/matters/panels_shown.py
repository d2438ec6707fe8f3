"""How scores of a panel stand on its page: the form of a reviewer, and what the scores say once they are final."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.safestring import SafeString

from suyuan.quantity.finding import Finding
from suyuan.report.service.shown import spread_of
from suyuan.site.acts.matters.called import called as named
from suyuan.site.acts.matters.panel import Review
from suyuan.site.acts.regulation import centre as centres
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.matters.words import lacking_said
from suyuan.site.web.parts.sentence import count, counted, sentence
from suyuan.site.web.regulation.centre_shown import drawn_context, points, span, title_in, whole
from suyuan.verbs.matter.panels import comments_of

Names = Mapping[str, Mapping[str, str]]


def waiting_said(of: Review, names: Names, language: Language) -> SafeString:
    """Where the panel stands, as a person would say it to whoever looks."""
    state = of.view.where.state.name
    if of.reviewer and of.conflicts_of(of.view.me):
        return sentence("panels.said.barred", language)
    if of.reviewer and not of.declared and state in ("named", "scoring"):
        return sentence("panels.said.declare", language)
    if state == "scoring":
        if of.reviewer and not of.mine:
            return sentence("panels.said.score", language, n=of.wanted)
        if of.reviewer and of.lacking:
            return sentence("panels.said.lacking", language, what=lacking_said(of.lacking, language))
        if of.given:
            done = sum(n >= of.wanted and not of.conflicts_of(name) for name, n in of.given)
            key = "panels.said.scored" if done else "panels.said.scored.none"
            said = sentence(key, language, done=count(done, language),
                            all=counted("reviewers", len(of.given), language))  # fmt: skip
            return SafeString(said[:1].upper() + said[1:])
        return sentence("panels.said.given", language)
    if of.reviewed is not None:
        return results_said(of, names, language)
    return sentence(f"panels.said.{state if state in ('named', 'cancelled') else 'other'}", language,
                    n=counted("reviewers", len(of.panel.reviewers), language))  # fmt: skip


def results_said(of: Review, names: Names, language: Language) -> SafeString:
    """The mean of the first, how far the reviewers agree, who stands apart."""
    made = of.reviewed
    assert made is not None
    known = [i for i in range(len(made.subjects)) if not math.isnan(made.mean[i])]
    if not known:
        return sentence("panels.said.nothing", language)
    best = max(known, key=lambda i: float(made.mean[i]))
    rows = dict(of.subjects)
    row = rows.get(made.subjects[best])
    name = title_in(row.name, language) if row else made.subjects[best]
    s = float(made.s[best])
    said = sentence("panels.said.mean", language, name=name, mean=points(100.0 * float(made.mean[best])),
                    s=term("none.unknown", language) if math.isnan(s) else points(100.0 * s),
                    n=counted("reviewers", int(made.count[best]), language))  # fmt: skip
    apart = [made.reviewers[int(j)] for j in np.flatnonzero(made.apart.deviates)]
    if apart:
        who = called(of, apart[0], names, language)
        more = sentence("panels.said.apart", language, who=who)
        said = SafeString(said + (" " if language == "en" else "") + more[:1].upper() + more[1:])
    return SafeString(said[:1].upper() + said[1:])


def called(of: Review, name: str, names: Names, language: Language | None = None) -> str:
    """A reviewer by name for who keeps the panel and for themselves, by a letter for the others; the order of letters
    says nothing."""
    if of.keeps or name == of.view.me:
        return title_in(names.get(name, {"": name}), language or current(), name)
    number = of.view.matter.number
    mixed = sorted(of.panel.reviewers, key=lambda one: sha256(f"{number} {one}".encode()).digest())
    return term("panels.letter", language, letter=chr(65 + mixed.index(name) % 26))


# ---------------------------------------------------------------- the form


def subjects_context(of: Review, given: Mapping[str, str], found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Each subject with what the records say of it, and a field for each criterion."""
    faults = {item.where: item for item in found if item.where.startswith("s-")}
    known = centres.on(None)
    rows = []
    for id, row in of.subjects:
        at = centres.centre(known, id) if row is not None else None
        card = at.card if at is not None else None
        rows.append({
            "id": id, "name": row.name if row else {"": id}, "address": reverse("centre", args=[id]) if row else "",
            "dossier": reverse("centre_dossier", args=[id]) if row else "",
            "score": span(card.low, card.high) if card else "", "total": whole(card.total) if card else "",
            "failed": [g.gate.id for g in card.gates if g.passed is False] if card else [],
            "fields": [_field(of, id, c, card, given, faults) for c in of.panel.criteria],
        })  # fmt: skip
    return rows


def _field(
    of: Review, id: str, criterion: Any, card: Any, given: Mapping[str, str], faults: Mapping[str, Finding]
) -> dict[str, Any]:
    """One score: as typed, else as given before; beside it what the records compute for the same condition."""
    name = f"s-{id}-{criterion.id}"
    mine = of.mine.get(id, {}).get(criterion.id)
    low, high, full = card.conditions.get(criterion.id, (0.0, 0.0, 0.0)) if card else (0.0, 0.0, 0.0)
    earlier = of.earlier.get((id, criterion.id))
    return {
        "name": name,
        "criterion": criterion,
        "value": given.get(name, "" if mine is None else f"{mine:g}"),
        "fault": faults.get(name),
        "mine": "" if mine is None else f"{mine:g}",
        "computed": term("none.unknown")
        if full and high - low >= 0.999 * full
        else span(100.0 * low / full, 100.0 * high / full)
        if full
        else "",
        "earlier": f"{earlier[0]:g}" if earlier else "",
        "earlier_in": earlier[1] if earlier else "",
        "low": f"{criterion.low:g}",
        "high": f"{criterion.high:g}",
        "weight": f"{criterion.weight:g}",
    }


# ---------------------------------------------------------------- what the scores say


def agreement(of: Review, names: Names) -> dict[str, Any]:
    """Means, spread, agreement and who stands apart, of scores that are final."""
    made = of.reviewed
    assert made is not None
    rows = dict(of.subjects)
    titles = {id: (row.name if row else {"": id}) for id, row in of.subjects}
    subjects = [
        {
            "name": rows[id].name if rows.get(id) else {"": id},  # type: ignore[union-attr]
            "mean": _of(made.mean[i]),
            "s": _of(made.s[i]),
            "low": _of(made.low[i]),
            "high": _of(made.high[i]),
            "count": int(made.count[i]),
            "place": "" if math.isnan(made.ranking.place[i]) else f"{made.ranking.place[i]:g}",
        }
        for i, id in enumerate(made.subjects)
    ]
    comments = comments_of(of.view.matter)
    reviewers = [
        {
            "name": called(of, name, names),
            "mine": name == of.view.me,
            "apart": bool(made.apart.deviates[j]),
            "shift": _signed(made.apart.shift[j]),
            "z": _signed(made.apart.z[j], 1.0),
            "comment": comments.get(name, ""),
        }
        for j, name in enumerate(made.reviewers)
    ]
    if not of.keeps:  # letters in their own order: in that of the names below they would be names
        reviewers.sort(key=lambda row: str(row["name"]))
    W, icc = made.concordance, made.agreement
    return {
        "subjects": subjects, "reviewers": reviewers, "missing": len(made.missing),
        "W": f"{W.W:.2f}" if W else "", "W_p": f"{W.p:.3f}" if W else "", "W_n": W.reviewers if W else 0,
        "icc": f"{icc.value:.2f}" if icc else "", "icc_low": _plain(icc.low) if icc else "",
        "icc_high": _plain(icc.high) if icc else "", "icc_level": f"{100 * icc.level:.0f}" if icc else "",
        "figure": drawn_context(spread_of(made, titles, current()), "spread"),
        "findings": [f for f in named(made.findings) if of.keeps or f.code == "procedure.review.missing"],
    }  # fmt: skip


def _of(value: float) -> str:
    return "" if math.isnan(float(value)) else points(100.0 * float(value))


def _plain(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}".replace("-", "−")


def _signed(value: float, by: float = 100.0) -> str:
    if math.isnan(float(value)):
        return ""
    if math.isinf(float(value)):
        return "∞"
    return f"{by * float(value):+.1f}".replace("-", "−")
