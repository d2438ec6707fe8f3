"""Before and after a measure: how much U went away, and which measurement did it; or what is only supposed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.claim.improved import Held, Improved, Moved, improved, merged, supposed
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.report.figures.carbon.waterfall import MOST, Ends, Fall, waterfall_figure
from suyuan.report.figures.dress import Axis
from suyuan.site.acts.carbon import claim as acts
from suyuan.site.acts.carbon import held
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.terms import term
from suyuan.site.web.carbon.figures import drawn
from suyuan.site.web.carbon.shown import K, about, claim_way, grouped, influence_said, percent, said, spread, tonnes
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.text import both

SHOWN = 12
SEEN = 5e-4
"""Part of U from which on an effect is shown as one."""


@require_safe
def improved_page(request: HttpRequest) -> HttpResponse:
    """The page; `?before=` and `?after=` are digests of claims. Without a before, that of the year before; without an
    after, `?left-N=` supposes a measure as the page of a claim does."""
    known = held.claims(request.user)
    asked = [request.GET.get(name, "")[:64] for name in ("before", "after")]
    before, after = (next((one for one in known if one.digest == digest), None) for digest in asked)
    if after is not None and not asked[0]:
        before = _earlier(after, known)
        asked = [before.digest, asked[1]] if before is not None else ["", ""]
    found: Improved | None = None
    told: tuple[Finding, ...] = ()
    if any(asked):
        try:
            found, told = _between(before, after, request.GET.dict(), bool(asked[1]))
        except Refused as refused:
            told = refused.findings
    last = after or before
    context: dict[str, Any] = {
        "told": told, "k": K, "found": found, "before": asked[0], "after": asked[1],
        "lead": both(*(_lead(found, language) for language in LANGUAGES)),
        "known": [{"digest": one.digest, "said": f"{one.unit} {one.year} · {one.made} · {houses(one.enterprise)}"}
                  for one in reversed(known)],
    }  # fmt: skip
    if found is not None and before is not None and last is not None:
        context |= _shown(found, before, last, after is None)
    return render(request, "carbon_improved.html", context, status=200 if found is not None or not told else 422)


def _earlier(after: Claim, known: tuple[Claim, ...]) -> Claim | None:
    """The standing claim of the unit's last year before, else the one that it supersedes; None where there is none."""
    mine = [one for one in known if (one.enterprise, one.unit) == (after.enterprise, after.unit)]
    before = [one for one in held.standing(mine) if one.year < after.year]
    superseded = next((one for one in mine if one.digest and one.digest == after.supersedes), None)
    return max(before, key=lambda one: (one.year, one.made)) if before else superseded


def _between(
    before: Claim | None, after: Claim | None, typed: dict[str, str], two: bool
) -> tuple[Improved, tuple[Finding, ...]]:
    """Raises Refused where a claim is not there, where both are not alike, and where nothing is supposed."""
    if before is None or (two and after is None):
        raise Refused(finding("site.carbon.before_after", "before" if before is None else "after"))
    if after is not None:
        found = improved(before, after)
        return found, found.findings
    measure = acts.improved(before, typed)
    if not measure.asked:
        raise Refused(finding("site.carbon.before_after", "after"), *measure.findings)
    return supposed(before, measure.asked), measure.findings


def _shown(found: Improved, before: Claim, after: Claim, guessed: bool) -> dict[str, Any]:
    rows = merged(found, SHOWN).rows
    largest = max((held.u for row in rows for held in (row.before, row.after) if held is not None), default=0.0)
    return {
        "first": before, "last": after, "ways": (claim_way(before.digest), claim_way(after.digest)),
        "supposed": guessed, "largest": largest, "rows": [_row(row, SEEN * K * found.u[1]) for row in rows],
        "U": (spread(K * found.u[0]), spread(K * found.u[1])), "tonnes": tuple(map(tonnes, found.tonnes)),
        "relative": tuple(percent(share, 2) for share in found.relative), "saved": about(found.saved),
        "as_before": about(K * found.u_as_before), "figure": _figure(found),
    }  # fmt: skip


def _row(row: Moved, least: float) -> dict[str, Any]:
    return {
        "name": _named(row), "numbers": _numbers(row),
        "state": f"carbon.improved.{'same' if row.state == 'changed' else row.state}",
        "before": _side(row.before, row.share_before), "after": _side(row.after, row.share_after),
        "effect": about(row.effect) if abs(row.effect) >= least else "", "moved": abs(row.effect) >= least,
    }  # fmt: skip


def _named(row: Moved) -> str:
    return influence_said(row.name) if row.name else term("carbon.improved.rest")


def _numbers(row: Moved) -> list[str]:
    """Certificates before and after, the first of many; one where both are the same."""
    sides = [held.numbers if held is not None else () for held in (row.before, row.after)]
    if not any(sides):
        return []
    none = term("carbon.none_named")
    said = [(side[0] + (f" +{len(side) - 1}" if len(side) > 1 else "")) if side else none for side in sides]
    return said[:1] if said[0] == said[1] else said


def _side(one: Held | None, share: float) -> dict[str, Any] | None:
    return None if one is None else {"u": spread(one.u), "size": one.u, "share": percent(share)}


def _figure(found: Improved) -> dict[str, SafeString] | None:
    """The steps from U before to U after at the tonnes after; None where nothing moved."""
    start, end = K * found.u_as_before, K * found.u[1]
    moved = [row for row in merged(found, MOST).rows if abs(row.effect) >= SEEN * end]
    if not moved:
        return None
    falls = [Fall(_named(row), grouped(row.effect, True), row.effect, "data" if row.effect > 0.0 else "rule")
             for row in moved]  # fmt: skip
    rest = end - start - sum(fall.effect for fall in falls)
    if abs(rest) > 1e-9 * end:
        falls.append(Fall(term("carbon.improved.rest"), grouped(rest, True), rest, "rest"))
    ends = Ends(
        (term("carbon.improved.first"), grouped(start), start), (term("carbon.improved.last"), grouped(end), end)
    )
    causes = {
        "rule": term("carbon.improved.less"),
        "data": term("carbon.improved.more"),
        "rest": term("carbon.improved.rest"),
    }
    label = term("carbon.improved.figure", before=grouped(start), after=grouped(end))
    axis = Axis(term("carbon.improved.axis"), "t")
    return drawn(lambda size: waterfall_figure(ends, falls, axis, causes, size), label, "improved")


def _lead(found: Improved | None, language: Language) -> Any:
    if found is None:
        return said("carbon.improved.lead.none", language)
    key = "carbon.improved.lead" if found.saved >= 0.0 else "carbon.improved.lead.more"
    return said(key, language, before=percent(found.relative[0], 2), after=percent(found.relative[1], 2),
                saved=about(abs(found.saved)))  # fmt: skip
