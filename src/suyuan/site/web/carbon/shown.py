"""Tonnes, shares, rows of rules and budgets in the words and signs of the page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.carbon.claim.claim import Claim, Evidence
from suyuan.carbon.words import influence
from suyuan.certificate.certificate import CertificateReference
from suyuan.quantity.budget import Budget
from suyuan.quantity.influence import Source
from suyuan.quantity.notation import rounded_uncertainty
from suyuan.quantity.quantity import Quantity
from suyuan.site.acts import store
from suyuan.site.acts.carbon import held
from suyuan.site.language import LANGUAGES, Language, current
from suyuan.site.terms import term
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.series.ways import split
from suyuan.site.web.ways import certificate_way

K = 2
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def tonnes(value: float, U: float | None = None, sign: bool = False, least: bool = False) -> SafeString:  # noqa: N803, RUF100
    """Tonnes as people write them, never as a power of ten: «4 291 000 ± 75 000»; whole ones without U from 1000 on.
    least: U is a lower bound, «2 934 000, U ≥ 56 000»."""
    if not math.isfinite(value):
        return format_html('<span class="mute">{}</span>', term("none.unknown"))
    if U is None or not U > 0.0:
        return digits(_fixed(value, 0 if abs(value) >= 1000 else _places(value)), sign=sign)
    spread = float(rounded_uncertainty(U))
    places = 1 - math.floor(math.log10(spread))
    shape = ('<span class="q">{}, <i>U</i> ≥ {}</span>' if least else
             '<span class="q">{}<span class="pm">±</span>{}</span>')  # fmt: skip
    return format_html(shape, digits(_fixed(value, places), sign=sign), digits(_fixed(spread, places)))


def _places(value: float) -> int:
    """Decimals of four digits, six at most; none of what is nil at these."""
    return max(0, min(6, 3 - math.floor(math.log10(abs(value))))) if abs(value) >= 5e-7 else 0


def _fixed(value: float, places: int) -> str:
    return f"{round(value, places):.{max(places, 0)}f}"


def lacking(missing: float, unknown: float = 0.0) -> str:
    """Which running hours a sum of tonnes leaves out, in words; nothing where it leaves none."""
    if missing and f"{missing:.6g}" != f"{unknown:.6g}":
        return term("carbon.lacking_both", n=f"{missing:.6g}", m=f"{unknown:.6g}")
    if missing:
        return term("carbon.lacking", n=f"{missing:.6g}")
    return term("carbon.lacking_best", n=f"{unknown:.6g}") if unknown else ""


def known(value: float, lost: float) -> SafeString:
    """A sum of tonnes; unknown where it leaves hours out and nothing was summed: that is not nil."""
    return tonnes(math.nan if lost and not value else value)


def about(value: float) -> SafeString:
    """Tonnes to three digits, for what ranks rather than states."""
    if not math.isfinite(value) or not value:
        return tonnes(value)
    return digits(_fixed(value, 2 - math.floor(math.log10(abs(value)))))


def spread(u: float) -> SafeString:
    """An uncertainty in tonnes to its two digits, never as a power of ten; whole zero where there is none."""
    if not (math.isfinite(u) and u > 0.0):
        return tonnes(u)
    rounded = float(rounded_uncertainty(u))
    return digits(_fixed(rounded, 1 - math.floor(math.log10(rounded))))


def grouped(value: float, sign: bool = False) -> str:
    """Whole tonnes as plain text with thin spaces, for figures."""
    return f"{value:{'+' if sign else ''},.0f}".replace(",", "\u2009").replace("-", "−")


def own_text(text: str) -> str:
    """A text «中文 / English» in the language of the page; any other as it is."""
    return pick(split(text))[0]


def influence_said(label: str, language: Language | None = None) -> str:
    """An influence in words of a language (the page's own unless named), as its label has them or as those of carbon
    do."""
    return influence(pick(split(label), language)[0])[language or current()]


def role_said(item: Evidence, language: Language | None = None) -> str:
    """What a certificate was used for, in the words of a language (the page's own unless named) where the role is a
    report, a channel of a stack or a factor of a product."""
    part, _, name = item.role.rpartition(" ")
    report = bool(part) and item.months == (int(name) if name.isdigit() else 0,)
    key = f"carbon.role.{'report' if report else name}"
    said = term(key, language)
    return f"{part} {said}" if (report or part == item.part) and said != key else pick(split(item.role), language)[0]


def spans(months: tuple[int, ...]) -> str:
    """Months as people write them: 1–4, 7."""
    runs: list[list[int]] = []
    for month in sorted(months):
        if runs and month == runs[-1][1] + 1:
            runs[-1][1] = month
        else:
            runs.append([month, month])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def of(total: Quantity, sign: bool = False, least: bool = False) -> SafeString:
    """A total with U (k = 2); least: U is a lower bound."""
    return tonnes(float(total.value), K * float(total.u), sign, least)


def relative(total: Quantity, least: bool = False) -> str:
    """U (k = 2) of a total over its value; unknown where that is nil."""
    value = float(total.value)
    return ("≥ " if least and value else "") + percent(K * float(total.u) / abs(value) if value else math.nan, 2)


def percent(share: float, decimals: int = 1, sign: bool = False) -> str:
    """A share in percent; NaN is unknown."""
    if not math.isfinite(share):
        return term("none.unknown")
    return f"{100 * share:{'+' if sign else ''}.{decimals}f} %".replace("-", "−")


def in_both(key: str, **parameters: Any) -> SafeString:
    """A sentence of the page in Chinese with the English beside it; parameters that are mappings go by language."""
    return both(*(said(key, language, **parameters) for language in LANGUAGES))


def said(key: str, language: Language, **parameters: Any) -> SafeString:
    """A sentence in one language."""
    chosen = {k: v[language] if isinstance(v, Mapping) else v for k, v in parameters.items()}
    return sentence(key, language, **chosen)


def slug(name: str) -> str:
    """A name as keys of terms have it."""
    return name.replace(", ", "_").replace(" ", "_")


# ---------------------------------------------------------------- ways


def claim_way(digest: str, **query: str) -> str:
    """The page of a claim."""
    asked = {k: v for k, v in query.items() if v}
    return reverse("carbon_claim", args=[digest]) + (f"?{urlencode(asked)}" if asked else "")


def maker(digest: str) -> str:
    """Which account made a claim, in words; that it came another way, where none did."""
    account = held.maker(digest)
    if not account:
        return term("carbon.claim.elsewhere")
    person = get_user_model().objects.filter(username=account).first()
    named = person.get_full_name() if person is not None else ""
    return term("carbon.claim.account", name=f"{named} {account}".strip())


def source_row(source: Source) -> dict[str, Any]:
    """A certificate that a row names, with its page where the store holds it."""
    if not source.number:
        return {"number": "", "issuer": houses(source.issuer), "way": ""}
    return reference(source.issuer, source.number)


def reference(issuer: str, number: str) -> dict[str, Any]:
    """A certificate by issuer and number, with its page where the store holds it."""
    found = store.evidence().find(CertificateReference(issuer, number))
    return {"number": number, "issuer": houses(issuer), "way": certificate_way(found.digest) if found else ""}


def claim_row(claim: Claim) -> dict[str, Any]:
    """A claim in a row of a list."""
    best = claim.best
    return {
        "way": claim_way(claim.digest), "lacking": lacking(claim.missing, claim.unknown), "unit": claim.unit,
        "enterprise": houses(claim.enterprise), "year": claim.year, "made": claim.made, "legal": tonnes(claim.legal),
        "best": of(best, least=claim.least), "relative": relative(best, claim.least), "methods": methods(claim),
    }  # fmt: skip


def methods(claim: Claim) -> list[dict[str, str]]:
    """Shares of the legal value by how they came about: of the sum of amounts, since credits take away."""
    whole = math.fsum(abs(t) for t in claim.methods.values())
    return [{"key": f"carbon.method.{name}", "share": percent(abs(t) / whole if whole else math.nan)}
            for name, t in claim.methods.items()]  # fmt: skip


# ---------------------------------------------------------------- budgets


def budget_rows(budget: Budget, most: int | None = None) -> dict[str, Any]:
    """A budget as a table: the largest rows, what the rest is, the bars on one scale."""
    rows = list(budget[: most or len(budget)])
    largest = max((abs(row.contribution) for row in rows), default=0.0)
    shown = [{
        "name": influence_said(row.name), "source": source_row(row.source), "size": abs(row.contribution),
        "contribution": spread(abs(row.contribution)), "share": percent(row.share),
    } for row in rows]  # fmt: skip
    return {"rows": shown, "largest": largest, "total": len(budget), "shown": len(rows),
            "rest": len(rows) < len(budget)}  # fmt: skip


def workbook_answer(body: bytes, name: str) -> HttpResponse:
    """An Excel file as a download."""
    answer = HttpResponse(body, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer
