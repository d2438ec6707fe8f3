"""Where a certificate is looked at, tried or withdrawn: the carbon claims that rest on it, and what a day reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from suyuan.certificate.certificate import Certificate
from suyuan.site.acts.carbon.resting import Rest, Resting, resting
from suyuan.site.acts.carbon.withdrawn import withdrawn
from suyuan.site.language import LANGUAGES, current, spoken
from suyuan.site.terms import term
from suyuan.site.web.carbon.shown import claim_way, role_said, spans, tonnes
from suyuan.site.web.carbon.withdrawn import lost_said
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.sentence import count, sentence
from suyuan.site.web.parts.text import both, day_text
from suyuan.traceability.evidence import Key

NAMED = 3
"""Claims that a sentence names."""


@dataclass(frozen=True)
class Offered:
    """A day from which a certificate may not have held. said: what the day is."""

    day: date
    said: str


def rest_rows(found: Resting, own: Key, day: date | None) -> list[dict[str, Any]]:
    """Rows of the table of what rests on a certificate. own: its issuer and number, what rests on another comes through
    that; day: from which months are reached, None where none is asked about."""
    return [
        {
            "way": claim_way(rest.claim.digest) + "#tonnes", "unit": rest.claim.unit, "year": rest.claim.year,
            "enterprise": houses(rest.claim.enterprise), "roles": list(dict.fromkeys(map(role_said, rest.items))),
            "months": spans(rest.months), "tonnes": _tonnes(rest, rest.months), "checks": not rest.counted,
            "via": "" if rest.key == own else rest.key[1],
            "reached": spans(rest.since(day)) if day is not None else "",
            "reached_t": _tonnes(rest, rest.since(day)) if day is not None else "",
        }
        for rest in found.rests
    ]  # fmt: skip


def _tonnes(rest: Rest, months: tuple[int, ...]) -> SafeString | str:
    found = rest.tonnes(months)
    return "" if found is None else tonnes(found)


def answer_said(found: Resting) -> str:
    """That claims rest on it, as a sentence; nothing where none does."""
    if not found:
        return ""
    n = len(found.claims)
    told = [term("carbon.rests.answer", n=_counted(n))] if n else []
    told += [term("carbon.rests.answer.hidden")] if found.hidden else []
    return ("" if current() == "zh" else " ").join(told)


def day_html(found: Resting, day: date) -> SafeString:
    """`day_said` in Chinese with the English below it, or in English alone; nothing where no claim is seen."""
    if not found.rests:
        return SafeString("")
    texts = []
    for language in LANGUAGES:
        with spoken(language):
            texts.append(day_said(found, day))
    return both(*texts)


def day_said(found: Resting, day: date) -> SafeString:
    """What a withdrawal from a day on reaches of the claims: their months and tonnes, or that it reaches none."""
    hit = found.since(day)
    if not hit:
        year, month = max((rest.claim.year, rest.months[-1]) for rest in found.rests)
        return sentence("carbon.rests.day.none", day=day_text(day), last=f"{year}-{month:02d}")
    listed = format_html_join(term("trace.answer.join"), "{}", ((_reached(rest, day),) for rest in hit[:NAMED]))
    n = len({rest.claim.digest for rest in hit})
    return format_html(term("carbon.rests.day.some", day=day_text(day), n=_counted(n), list="{}"), listed)


def _counted(n: int) -> str | int:
    """A count in words; one as a number, of which a sentence has its own form."""
    return count(n) if n > 1 else n


def _reached(rest: Rest, day: date) -> SafeString:
    months = rest.since(day)
    key = "carbon.rests.day.one" if rest.counted else "carbon.rests.day.checks"
    link = format_html('<a href="{}">{}</a>', claim_way(rest.claim.digest), rest.claim.unit)
    return sentence(key, unit=link, year=rest.claim.year, months=spans(months),
                    t=_tonnes(rest, months) or term("none.unknown"))  # fmt: skip


def offered(found: Resting, certificate: Certificate, day: date) -> list[Offered]:
    """Days from which the certificate may not have held, where a day reaches less than they do: that of its own
    calibration, and the first for which a claim used it."""
    if not found.rests:
        return []
    year, month = min((rest.claim.year, rest.months[0]) for rest in found.rests)
    own, first = certificate.ended or certificate.issued or certificate.began, date(year, month, 1)
    rows = [Offered(own, term("carbon.rests.day.own", day=day_text(own)))] if own is not None and own < day else []
    if first < day and (own is None or own < first):
        rows.append(Offered(first, term("carbon.rests.day.first", day=day_text(first))))
    return rows


def resting_said(user: Any, issuer: str, number: str) -> SafeString:
    """«N claims rest on it» with a link to each and what rests on it; of claims that somebody may not see only that
    there are some; nothing where there is none."""
    found = resting(user, {(issuer, number)})
    if not found:
        return SafeString("")
    n = len(found.claims)
    if not n:
        return sentence("carbon.rests.hidden_only")
    lines = format_html_join("", "<br>{}", ((one,) for one in _lines(found)))
    hidden = format_html("<br>{}", sentence("carbon.rests.hidden")) if found.hidden else ""
    return format_html("{}{}{}", term("carbon.rests.claims", n=_counted(n)), lines, hidden)


def _lines(found: Resting) -> Iterator[SafeString]:
    for rest in found.rests:
        told = [sentence("carbon.rests.of_months", months=spans(rest.months))]
        size = rest.tonnes(rest.months)
        told += [format_html("{} t", tonnes(size))] if size is not None else []
        told += [] if rest.counted else [sentence("carbon.checks_only")]
        link = format_html('<a href="{}">{} {}</a>', claim_way(rest.claim.digest), rest.claim.unit, rest.claim.year)
        yield format_html_join(term("strip.join"), "{}", ((one,) for one in (link, *told)))


def lost_lines(user: Any, issuer: str, number: str) -> list[SafeString]:
    """What claims lost by what was stated of a certificate: hours of stacks, months of factors; with the way to where a
    claim stands beside what it would be today."""
    claims = resting(user, {(issuer, number)}).claims
    gone = [one for one in withdrawn(claims) if (one.evidence.issuer, one.evidence.number) == (issuer, number)]
    return [
        sentence("carbon.rests.lost", year=one.claim.year, enterprise=houses(one.claim.enterprise),
                 lost=lost_said(one), unit=format_html('<a href="{}#today">{}</a>', claim_way(one.claim.digest),
                                                       one.claim.unit))
        for one in gone
    ]  # fmt: skip
