"""The public account on the site: indicators of any past day, what may be shown of their evidence, commitments, data.

Everybody may read it. Of persons, confidential needs and orders only that they count is told, never by name, except to
those whose work it is. Past days are computed from the same documents and kept until something is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Lock
from typing import Any

from django.http import Http404

from suyuan.centre.commitments import Progress, reply_of_2024
from suyuan.centre.records import Commitment
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields, canonical
from suyuan.quantity.finding import Refused, errors, finding
from suyuan.report.service.open_data import Dataset, Indicator, indicators, open_data
from suyuan.report.service.published import published
from suyuan.site.acts import clock, service, store
from suyuan.site.acts.day import day_of as asked
from suyuan.site.acts.day import first_day
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.log import told
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.rounds import one as comparison
from suyuan.site.acts.service import Delivered, deliver, may, now_known, require
from suyuan.verbs.centre.account import Item, Value, account, region_names
from suyuan.verbs.centre.commitments import commitments
from suyuan.verbs.matching.match import supports_on
from suyuan.verbs.matching.what_holds import carried
from suyuan.verbs.register.registers import readers
from suyuan.verbs.snapshot import Snapshot, snapshot

YEAR = timedelta(days=365)
TREND = 5
"""Days of the trend: today and every quarter back to a year ago."""
_MOST_DAYS = 40
PERSONS = ("authorise", "direct", "regulate", "teach")
"""Acts that see persons by name."""
LICENCE_LONGEST = 4000

_lock = Lock()
_kept: tuple[Snapshot | None, dict[date, tuple[Value, ...]]] = (None, {})


# ---------------------------------------------------------------- days


def day_of(text: str) -> date:
    """The day that somebody asks for, today where none is said; raises `day.NoDay`."""
    return asked(text) or clock.today()


def on(day: date) -> Snapshot:
    """What was known on a day."""
    known = now_known()
    return known if day == known.day else snapshot(known.evidence, known.documents, day)


def values(day: date) -> tuple[Value, ...]:
    """The indicators of a day, kept as long as nothing is added."""
    global _kept
    known = now_known()
    with _lock:
        if _kept[0] is not known:
            _kept = (known, {})
        kept = _kept[1]
    if day not in kept:
        if len(kept) >= _MOST_DAYS:
            kept.pop(next(iter(kept)), None)
        kept[day] = account(on(day))
    return kept[day]


def value_of(id: str, day: date) -> Value | None:
    """One indicator of a day, None where there is none of that name."""
    return next((value for value in values(day) if value.indicator.id == id), None)


def trend(id: str, day: date) -> list[tuple[date, Value]]:
    """The indicator every quarter of the year before a day, the oldest first."""
    first = first_day() or day  # before it nothing was known, and no page can be given
    days = [d for n in range(TREND - 1, -1, -1) if (d := day - YEAR * n // (TREND - 1)) >= min(first, day)]
    return [(d, value) for d in days if (value := value_of(id, d)) is not None]


# ---------------------------------------------------------------- what may be shown


def hidden(user: User, item: Item) -> bool:
    """Whether an item counts without being named to somebody."""
    if item.held == "person":
        return not may(user, *PERSONS)
    if item.held == "parties":
        return not (sees_matter(user, item) if item.address.startswith("matter:") else may(user, "regulate"))
    return bool(item.held)


def sees_matter(user: User, item: Item) -> bool:
    """Whether somebody may open the matter of an item."""
    procedure, _, number = item.address.removeprefix("matter:").partition("/")
    try:
        matters.seen(procedure, number, user)
    except Http404:
        return False
    return True


def released() -> frozenset[str]:
    """Numbers of the comparisons whose report everybody may read here."""
    return frozenset(row.number for row in comparison.released())


def owner_hidden(user: User, item: Item) -> bool:
    """Whose need it is is told to those who are signed in; open data leave it out too."""
    return item.address.startswith("row:need/") and not getattr(user, "is_authenticated", False)


@dataclass(frozen=True)
class Place:
    """A region with its capabilities: how many hold, how many are registered."""

    code: str
    name: Mapping[str, str]
    holds: int
    all: int


def places(known: Snapshot) -> tuple[Place, ...]:
    """Provinces with their capabilities on a day, in the order of their codes; «» for those that name no region."""

    def made() -> tuple[Place, ...]:
        supports, found = supports_on(known), dict[str, list[bool]]()
        for c in known.capabilities:
            found.setdefault(c.region[:2], []).append(carried(c, supports.get(c.key), known.day))
        names = region_names()
        return tuple(
            Place(code, names.get(code, {"": code}), sum(held), len(held)) for code, held in sorted(found.items())
        )

    return known.once("capabilities by province", made)


# ---------------------------------------------------------------- commitments


def clauses(known: Snapshot) -> tuple[Progress, ...]:
    """The registered commitments with where each stands."""
    return known.once("commitments", lambda: commitments(known))


def may_commit(user: User) -> bool:
    """Whether somebody registers commitments."""
    return may(user, *service.MAY_DELIVER["commitment"])


def commit(user: User, organisation: Mapping[str, str], row: Mapping[str, Any]) -> Delivered:
    """Register a clause. Raises Refused with everything that is wrong with it where it cannot be read."""
    fields = Fields(dict(row), "")
    value = readers()["commitment"](fields, Context(organisation, clock.today()))
    fields.close()
    if value is None or errors(fields.found):
        raise Refused(*fields.found)
    return deliver(user, organisation, {"commitment": [dict(row)]})


def commit_reply(user: User) -> Delivered:
    """Register the clauses of the reply of 2024, told in our own words; marked as a demonstration."""
    rows: list[Mapping[str, Any]] = [_row(c) for c in reply_of_2024()]
    return deliver(user, {"zh": "演示市场监督管理局", "en": "demo market administration"}, {"commitment": rows})


def _row(c: Commitment) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": c.id, "document": c.document, "clause": c.clause, "text": dict(c.text), "owner": dict(c.owner),
        "evidence": list(c.evidence), "source": c.source, "demo": c.demo,
    }  # fmt: skip
    return row if c.due is None else {**row, "due": c.due.isoformat()}


# ---------------------------------------------------------------- open data


@dataclass(frozen=True)
class Licence:
    """What the steward chose. text; day; digest: of the policy document."""

    text: Mapping[str, str]
    day: date | None


def licence(day: date | None = None) -> Licence | None:
    """The licence that the owner of the data chose until a day; None before any."""
    found = [p for p in store.store().policies() if isinstance(p.get("open_data_licence"), Mapping)]
    for policy in reversed(found):
        text = {str(k): str(v) for k, v in policy["open_data_licence"].items() if v}
        try:
            chosen = date.fromisoformat(str(policy.get("day", "")))
        except ValueError:
            chosen = None
        if text and (day is None or chosen is None or chosen <= day):
            return Licence(text, chosen)
    return None


def choose_licence(user: User, zh: str, en: str) -> str:
    """Keep the licence as a policy document. Returns its digest; raises Refused for an empty or endless text."""
    require(user, "steward")
    texts = {"zh": zh.strip(), "en": en.strip()}
    if not texts["zh"] or not texts["en"]:
        raise Refused(*(finding("site.public.licence", name) for name, text in texts.items() if not text))
    long = [name for name, text in texts.items() if len(text) > LICENCE_LONGEST]
    if long:
        raise Refused(*(finding("site.public.licence_long", name, limit=LICENCE_LONGEST) for name in long))
    policy = {
        "suyuan": "policy", "open_data_licence": texts, "day": clock.today().isoformat(), "by": user.get_username(),
    }  # fmt: skip
    added = store.store().add(canonical(policy), "open-data-licence.json")
    if not added.stored:
        raise Refused(*errors(added.findings))
    told("licensed", user.get_username(), digest=added.digest)
    return added.digest


def datasets(day: date) -> tuple[Dataset, ...]:
    """The tables of a day: the public account, then what a snapshot publishes."""
    return (_account(values(day)), *published(on(day)))


def _account(rows: Sequence[Value]) -> Dataset:
    made = indicators(
        Indicator(v.indicator.id, v.indicator.title["zh"], v.indicator.title["en"], v.low, v.high, v.indicator.unit,
                  evidence=tuple(item.address for item in v.items if not item.held))
        for v in rows
    )  # fmt: skip
    return replace(made, name="account", zh="公示指标", en="indicators of the public account")


def files(day: date, publisher: Mapping[str, str]) -> Mapping[str, bytes]:
    """The files of open data as of a day; the same for the same documents."""
    chosen = licence(day)
    return open_data(datasets(day), day, publisher, None if chosen is None else chosen.text)
