"""Gaps on the site: whose needs somebody may see, the gaps of a day worked out once, and their course over months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from suyuan.capability.challenges.challenge import named
from suyuan.capability.challenges.research import linked
from suyuan.capability.gaps.cluster import clusters, merged, rank
from suyuan.capability.gaps.gap import gap, need_key
from suyuan.capability.gaps.industry import industries, industry, need_of
from suyuan.capability.matching.match import Match
from suyuan.capability.need import Need
from suyuan.procedure.matter import Matter
from suyuan.site.acts import service, store
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters.matter import name_of
from suyuan.site.records.log import Log
from suyuan.verbs.matching.gaps import Gaps, Passage, gaps_of, gaps_of_industry, needs_of_industry, over_time
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.snapshot import Snapshot

MONTHS = 12
FEW = 500
"""Capabilities up to which every one is examined for every need."""
MOST_PAIRS = 5_000
"""Needs times capabilities up to which the past is computed again while somebody waits."""
Key = tuple[str, str]


def all_gaps(known: Snapshot) -> Gaps:
    """The gaps of all registered needs on the snapshot's day."""
    return known.once("site gaps", lambda: _gaps(known, known.needs))


def draft_gaps(known: Snapshot) -> Mapping[str, Gaps]:
    """Industry → gaps of its key parameters, which are drafts, and of the registered needs that name it."""

    def of(id: str) -> Gaps:
        if len(known.capabilities) <= FEW:
            return gaps_of_industry(known, id)
        item = industry(id)
        drafts = [need_of(parameter)[0] for parameter in (item.parameters if item is not None else ())]
        return _gaps(known, (*needs_of_industry(known, id), *(need for need in drafts if need is not None)))

    return known.once("site draft gaps", lambda: {i.id: of(i.id) for i in industries()})


def _gaps(known: Snapshot, needs: Sequence[Need]) -> Gaps:
    """The gaps of needs; with many capabilities a screen of columns finds those that can be met, and only the others
    are examined gate by gate."""
    if len(known.capabilities) <= FEW or not needs:
        return gaps_of(known, needs)
    from suyuan.site.acts.matching.need import answer, screened  # needs ask here who may see them

    verdicts = screened(known, needs).verdict
    matches = tuple(
        _met(need, known) if verdict == "can" else answer(known, need)
        for need, verdict in zip(needs, verdicts, strict=True)
    )
    found = [item for match in matches if (item := gap(match)) is not None]
    proven = tuple(item for item in found if item.proven)
    unknown = tuple(item for item in found if not item.proven)
    return Gaps(known.day, matches, proven, unknown, merged(needs), rank(clusters(proven)))


def _met(need: Need, known: Snapshot) -> Match:
    """A need that can be met, without the capabilities behind it: it is only counted here."""
    count, day = len(known.capabilities), need.service_day(known.day)
    return Match(need, day, "can", (), count, (), (), (), (), (), (), (), (), None, None, (), ())


def course(known: Snapshot) -> Passage | None:
    """The gaps on the first day of each of the last months and on the day itself; None where it would take too long for
    a page."""
    if len(known.needs) * len(known.capabilities) > MOST_PAIRS:
        return None
    days = [*_months(known.day), known.day]
    return known.once("site gaps over time", lambda: over_time(known.evidence, known.documents, days))


def _months(day: date) -> list[date]:
    """The first days of the last months.

    >>> _months(date(2026, 1, 15))[-2:]
    [datetime.date(2025, 12, 1), datetime.date(2026, 1, 1)]
    """
    count = day.year * 12 + day.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(count - MONTHS + 1, count + 1)]


# ---------------------------------------------------------------- who sees what


def organisations_of(user: User, known: Snapshot) -> tuple[Mapping[str, str], ...]:
    """The organisations that somebody acts for: by the register of persons, houses of centres that they host, then
    those of own matters, at last those that they deliver for.

    Own matters are what was typed: good for filling in a form, not for letting somebody see anything.
    """
    name = name_of(user)
    found = [row.organisation for row in known.rows("person") if name and row.account == name]
    hosted = {m.fields.get("centre") for m in known.matters_of("centre") if name and name in m.holders("host")}
    found += [row.host for row in known.rows("centre") if row.id in hosted]
    for matter in known.matters:
        if name and any(name in matter.holders(role) for role in ("customer", "needer", "bidder", "leader", "host")):
            found.append(matter.organisation)
    if not found and name:
        mine = service.organisations_of(user)
        found += [r.organisation for r in store.store().service().registers if mine & set(r.organisation.values())]
    unique = {next(iter(o.values()), ""): o for o in reversed(found) if o}
    return tuple(reversed(unique.values()))


GOVERN = ("regulate", "steward")
"""Acts that see every need whole: of who regulates, and of who keeps the registers in order."""


def open_keys(user: User, known: Snapshot) -> frozenset[Key] | None:
    """Keys of the confidential needs that somebody may see whole; None: all of them (`GOVERN`). The one rule, for every
    page and every day that is looked at: who somebody is counts as of today.

    These are the needs of the organisation that employs the person by the register of persons, those that the person
    delivered, and those of a challenge in which the person stands for the need or reviews. known: any day's, of which
    the documents count.
    """
    if service.may(user, *GOVERN):
        return None
    name = name_of(user)
    rows = [(r, need) for r in known.documents.registers for need in r.rows.get("need", ()) if need.confidential]
    if not name or not rows:
        return frozenset()
    now = service.now_known()
    mine = {n for row in now.rows("person") if row.account == name for n in row.organisation.values()}
    found = {need_key(need) for _, need in rows if mine & set(need.organisation.values())}
    delivered = set(Log.objects.filter(act="delivered", user=name).values_list("digest", flat=True))
    found |= {need_key(need) for register, need in rows if register.digest in delivered}
    for matter in now.matters_of("challenge"):
        if name in (*matter.holders("needer"), *matter.holders("reviewer")):
            links = set(linked(matter, "need"))
            found |= {need_key(need) for _, need in rows if links & {named(need), need.id}}
    return frozenset(found)


def hidden(need: Need, keys: frozenset[Key] | None) -> bool:
    """Whether nothing but verdict and kind of a need may be shown. keys: from `open_keys`."""
    return need.confidential and keys is not None and need_key(need) not in keys


def need_named(known: Snapshot, name: str) -> Need | None:
    """A need by what names it among all, or by an id that only one has."""
    same = [n for n in known.needs if named(n) == name] or [n for n in known.needs if n.id == name]
    return same[0] if len(same) == 1 else None


FAILED = frozenset(("withdrawn", "merged", "unsolved"))
"""States of a challenge after which its need is free for another one."""


def challenge_about(known: Snapshot, need: Need) -> Matter | None:
    """The challenge about a need, that is under way or ended well."""

    def made() -> dict[str, Matter]:
        going = [m for m in known.matters_of("challenge") if stands(m, known.day).state.name not in FAILED]
        return {name: m for m in going for name in linked(m, "need")}

    return known.once("site challenges by need", made).get(named(need))
