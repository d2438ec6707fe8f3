"""What of claims waits for somebody, in sentences and rows: on the day's page of carbon and on everybody's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.carbon.management.meters import Ending
from suyuan.carbon.words import word
from suyuan.site.acts.carbon.day import Due, Late, Retest
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.carbon.rules import source_of, status, what_of
from suyuan.site.web.carbon.shown import K, claim_way, percent, reference, role_said, spans, spread
from suyuan.site.web.carbon.withdrawn import withdrawn_rows
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.sentence import count, sentence
from suyuan.site.web.parts.text import day_text, unbroken


def due_said(found: Due, language: Language) -> list[SafeString]:
    """What waits, a sentence each: certificates that end or were withdrawn, units that are late, tests to repeat."""
    late = {(one.enterprise, one.unit) for one in found.owed}
    over = [one for one in found.retests if one.days < 0 or one.until is None]
    said = [*_ends(found, language), *_gone(found, language)]
    for key, n in (("late", len(late)), ("retests", len(over))):
        if n:
            said.append(many(f"carbon.day.lead.{key}", n, language))
    return said


def many(key: str, n: int, language: Language, **more: Any) -> SafeString:
    """A sentence about so many, in words; about one by the row «.one» where there is one."""
    one = f"{key}.one"
    return sentence(one if n == 1 and term(one) != one else key, language, n=count(n, language), **more)


def _ends(found: Due, language: Language) -> Iterator[SafeString]:
    """How many certificates end, and the heaviest of them; those that only check a claim apart."""
    heavy = [one for one in found.ending if one.u]
    if heavy:
        one = heavy[0]
        ended = "ended" if one.days < 0 else "ending"
        yield many(f"carbon.day.lead.{ended}", len(heavy), language, number=unbroken(one.evidence.number),
                    t=spread(K * one.u))  # fmt: skip
    if checks := len(found.ending) - len(heavy):
        yield many("carbon.day.lead.ends.checks", checks, language)


def _gone(found: Due, language: Language) -> Iterator[SafeString]:
    """How many certificates were withdrawn under what is claimed, and the heaviest of them; those that only check it
    apart."""
    counted = [one for one in found.withdrawn if one.counted]
    keys = {(one.evidence.issuer, one.evidence.number) for one in counted}  # one may stand behind several claims
    if keys:
        yield many("carbon.day.lead.withdrawn", len(keys), language, number=unbroken(counted[0].evidence.number))
    if checks := len({(one.evidence.issuer, one.evidence.number) for one in found.withdrawn} - keys):
        yield many("carbon.day.lead.withdrawn.checks", checks, language)


# ---------------------------------------------------------------- rows


def ending_row(one: Ending, found: Due) -> dict[str, Any]:
    """A certificate that ends, with the claims that stand on it."""
    item = one.evidence
    gone = [w.statement.day for w in found.withdrawn
            if (w.evidence.issuer, w.evidence.number) == (item.issuer, item.number)]  # fmt: skip
    return reference(item.issuer, item.number) | {
        "role": role_said(item), "until": item.valid_until, "left": _left(one.days), "ended": one.days < 0,
        "u": spread(K * one.u), "share": percent(one.share), "none": not one.u, "gone": min(gone, default=None),
        "claims": [{"way": claim_way(held_by.claim.digest) + "#budget", "unit": held_by.claim.unit,
                    "year": held_by.claim.year, "enterprise": houses(held_by.claim.enterprise),
                    "u": spread(K * held_by.u) if held_by.u and len(one.claims) > 1 else ""} for held_by in one.claims],
    }  # fmt: skip


def _left(days: int) -> str:
    return term("carbon.day.ended_ago", n=-days) if days < 0 else term("carbon.day.left", n=days)


def late_row(one: Late) -> dict[str, Any]:
    """What a unit owes."""
    key = "over_late" if one.over else "came_late" if one.done else "not_here"
    return {"unit": one.unit, "enterprise": houses(one.enterprise), "year": one.year, "what": what_of(one.row),
            "months": spans(tuple(month for month in one.months if month)), "days": one.days,
            "state": (*(("ok", "due") if one.done else ("bad", "gap")), f"carbon.day.{key}"),
            "status": status(one.row), "source": source_of(one.row)}  # fmt: skip


def retest_row(one: Retest) -> dict[str, Any]:
    """A test to repeat, as a row beside what is late."""
    key = "failed" if one.until is None else "over" if one.days < 0 else "due"
    tone, mark = {"failed": ("bad", "fail"), "over": ("bad", "expired"), "due": ("warn", "due")}[key]
    until = day_text(one.until) if one.until is not None else ""
    return {"unit": one.unit, "enterprise": houses(one.enterprise), "year": "",
            "state": (tone, mark, f"carbon.day.test_{key}"),
            "what": word("test", one.kind)[current()], "detail": f"{one.stack} {word('channel', one.role)[current()]}",
            "until": term("carbon.day.test_until", day=one.day, until=until) if until else
            term("carbon.day.test_done", day=one.day), "days": max(-one.days, 0),
            "status": status(one.row) if one.row is not None else None,
            "source": source_of(one.row) if one.row is not None else ""}  # fmt: skip


def today_rows(found: Due) -> list[dict[str, Any]]:
    """What waits in one list, the worst first: what is late, what was withdrawn, tests, certificates that end."""
    day = reverse("carbon")
    rows = [_late_today(row, f"{day}#late") for row in map(late_row, found.owed)]
    rows += [{"state": ("bad", "withdrawn", row["word"]), "when": row["from"], "what": row["number"],
              "way": row["way"] or row["claim"], "detail": f"{row['role']}{term('strip.join')}{row['lost']}",
              "unit": f"{row['unit']} {row['year']}", "enterprise": row["enterprise"], "go": row["claim"]}
             for row in withdrawn_rows(found.withdrawn)]  # fmt: skip
    rows += [_late_today(row, f"{day}#late") for row in map(retest_row, found.retests)]
    gone = {(one.evidence.issuer, one.evidence.number) for one in found.withdrawn}
    ends = [one for one in found.ending if (one.evidence.issuer, one.evidence.number) not in gone]
    ends.sort(key=lambda one: (not one.u, one.days >= 0, -one.u))
    return rows + [_ending_today(one, ending_row(one, found), f"{day}#ending") for one in ends]


def _late_today(row: dict[str, Any], way: str) -> dict[str, Any]:
    if row.get("detail"):
        detail = f"{row['detail']}{term('strip.join')}{row['until']}"
    else:
        detail = term("carbon.day.of_months", months=row["months"]) if row["months"] else term("carbon.day.of_year")
    when = term("carbon.today.late", n=row["days"]) if row["days"] else ""
    return {"state": row["state"], "when": when, "what": f"{row['year']} {row['what']}".strip(), "way": way,
            "detail": detail, "unit": row["unit"], "enterprise": row["enterprise"], "go": way}  # fmt: skip


def _ending_today(one: Ending, row: dict[str, Any], way: str) -> dict[str, Any]:
    key = "carbon.today.ended" if row["ended"] else "carbon.today.ends"
    hangs = term("carbon.checks_only") if row["none"] else format_html(
        "{}", sentence("carbon.today.hangs", u=row["u"]))  # fmt: skip
    units = dict.fromkeys(f"{held.claim.unit} {held.claim.year}" for held in one.claims)
    return {"state": ("warn", "expired" if row["ended"] else "due", key),
            "when": f"{day_text(row['until'])}{term('strip.join')}{row['left']}", "what": row["number"],
            "way": row["way"] or way, "detail": format_html("{}{}{}", row["role"], term("strip.join"), hangs),
            "unit": term("strip.join").join(units), "enterprise": houses(one.enterprises[0]), "go": way}  # fmt: skip
