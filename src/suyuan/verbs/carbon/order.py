"""One claim of a unit's year stands: a later one says which it supersedes, and nothing is superseded twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.management.oversight import deadlines
from suyuan.carbon.sector.scale import former_told
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, errors, finding


def standing(known: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims that none supersedes, in their order."""
    held = tuple(known)
    gone = {one.supersedes for one in held}
    return tuple(one for one in held if one.digest not in gone)


def last(known: Iterable[Claim]) -> tuple[Claim, ...]:
    """The last standing claim of each unit: of the latest year, made last."""
    found: dict[tuple[str, str], Claim] = {}
    for one in standing(known):
        key = (one.enterprise, one.unit)
        if key not in found or (found[key].year, found[key].made) <= (one.year, one.made):
            found[key] = one
    return tuple(found.values())


def against_former(claim: Claim, known: Iterable[Claim]) -> tuple[Finding, ...]:
    """How a claim leaves, kind by kind, the size of the standing one of the year before, and of the one that it
    supersedes, which is told only: its reason says why.

    known: all claims of a store, whoever may see them.
    """
    held = tuple(known)
    key = (claim.enterprise, claim.unit, claim.year - 1)
    before = [one for one in standing(held) if (one.enterprise, one.unit, one.year) == key][-1:]
    replaced = [one for one in held if claim.supersedes and one.digest == claim.supersedes]
    return (*(item for one in before for item in former_told(claim, one)),
            *(item for one in replaced for item in former_told(claim, one, replaced=True)))  # fmt: skip


DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
NOT_WRITTEN = re.compile(r"[\W_]|第")
"""What tells no unit from another: blanks, signs, «第»."""


def _alike(name: str) -> str:
    """A name without what people write one way or the other.

    >>> _alike("2 号机组") == _alike("二号机组") == _alike("２号-机组"), _alike("12号") == _alike("十二号")
    (True, True)
    """
    plain = unicodedata.normalize("NFKC", name).casefold().translate(DIGITS)
    plain = re.sub(r"(\d?)十(\d?)", lambda m: str(int(m[1] or 1) * 10 + int(m[2] or 0)), plain)
    return NOT_WRITTEN.sub("", plain)


def _misspelt(claim: Claim, known: Iterable[Claim]) -> tuple[Finding, ...]:
    """An error where a standing claim of the same year has the unit's name written another way: its tonnes would count
    twice."""
    return tuple(
        finding("carbon.claim.unit_alike", "/unit", given=claim.unit, stands=one.unit, year=one.year)
        for one in standing(known)
        if one.year == claim.year and one.unit != claim.unit and _alike(one.unit) == _alike(claim.unit)
        and _alike(one.enterprise) == _alike(claim.enterprise)
    )[:1]  # fmt: skip


def difference_told(claim: Claim, known: Iterable[Claim]) -> tuple[Finding, ...]:
    """A note of how the legal value differs from that of the claim that is superseded, else from that of the standing
    claim of the year before: what no limit finds is seen by who knows the unit."""
    held = tuple(known)
    former = [one for one in held if claim.supersedes and one.digest == claim.supersedes]
    if not former:
        key = (claim.enterprise, claim.unit, claim.year - 1)
        former = [one for one in standing(held) if (one.enterprise, one.unit, one.year) == key][-1:]
    if not former or not former[0].legal:
        return ()
    then, change = former[0].legal, claim.legal - former[0].legal
    return (finding("carbon.claim.difference", "/streams", "note", legal=f"{claim.legal:,.0f}", former=f"{then:,.0f}",
                    year=former[0].year, digest=former[0].digest[:12], difference=f"{change:+,.0f}",
                    percent=f"{100.0 * change / abs(then):+.1f}"),)  # fmt: skip


def order_told(claim: Claim, known: Iterable[Claim]) -> tuple[Finding, ...]:
    """An error where another claim of the unit's year stands and is not superseded, where the one that is to be
    superseded is not of this unit and year or does not stand any more, and where tonnes leave those of the claim before
    as no unit does.

    known: all claims of a store, whoever may see them; the very claim among them is no other.
    """
    known = tuple(known)
    if told := _misspelt(claim, known):
        return told
    key = (claim.enterprise, claim.unit, claim.year)
    stands = standing(one for one in known if (one.enterprise, one.unit, one.year) == key)
    if claim.supersedes:
        if claim.supersedes in {one.digest for one in stands}:
            return errors(against_former(claim, known))
        return (finding("carbon.claim.supersedes", "/supersedes", given=claim.supersedes[:12], unit=claim.unit,
                        year=claim.year, stands=stands[-1].digest[:12] if stands else "—"),)  # fmt: skip
    if stands:
        return (finding("carbon.claim.stands", "/supersedes", unit=claim.unit, year=claim.year,
                        digest=stands[-1].digest[:12], made=stands[-1].made.isoformat()),)  # fmt: skip
    return errors(against_former(claim, known))


def late_told(claim: Claim) -> tuple[Finding, ...]:
    """A warning where a claim was made after the day on which the report of its year was due: the first of its year, or
    one that takes the place of another, whose tonnes were then not what was reported in time."""
    (due,) = (one for one in deadlines(claim.unit, claim.year, {}) if one.name == "annual_report")
    days = (claim.made - due.due).days
    if days <= 0:
        return ()
    code = "carbon.claim.late_again" if claim.supersedes else "carbon.claim.late"
    return (finding(code, "/made", "warning", unit=claim.unit, year=claim.year, made=claim.made.isoformat(), days=days,
                    due=due.due.isoformat(), row=due.row["id"], before=claim.supersedes[:12],
                    **named("status", "status", str(due.row["status"]))),)  # fmt: skip
