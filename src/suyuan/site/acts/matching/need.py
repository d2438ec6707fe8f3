"""Needs: which there are, who sees them whole, what answers them on a day; putting one in.

A need that is confidential is seen whole by whoever handed it in and by those who govern the registers; everybody else
learns its verdict and its kind. Answers are worked out once a snapshot: a screen of all needs by columns, and of the
one that is looked at the match with its whole proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from django.core.exceptions import PermissionDenied
from django.http import Http404

from suyuan.capability.capability import Capability
from suyuan.capability.challenges.challenge import needs_of
from suyuan.capability.matching.columns import CapabilityColumns
from suyuan.capability.matching.gate import Proof, Support
from suyuan.capability.matching.gates import agrees
from suyuan.capability.matching.match import Match, Verdict
from suyuan.capability.matching.screen import Screen
from suyuan.capability.matching.screen_days import by_day, resting_some
from suyuan.capability.matching.screen_rests import Rests, resting
from suyuan.capability.need import Need
from suyuan.capability.taxonomy import kinds_asked, quantity_key
from suyuan.procedure.register import Context, Register
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding
from suyuan.site.acts import clock
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matching import sight
from suyuan.site.acts.matching.sight import GOVERN
from suyuan.site.acts.matters.matter import name_of
from suyuan.site.acts.service import Delivered, deliver, may, now_known, require
from suyuan.site.records.log import Log
from suyuan.verbs.matching.match import match_need, supports_for, supports_on
from suyuan.verbs.register.registers import readers
from suyuan.verbs.snapshot import Snapshot

STATE = ("ask", "direct", "regulate", "steward")
"""Acts of which one is needed to state a need."""
EXAMINED = (60, 400)
"""Capabilities that are examined gate by gate for one need; of more the screen says which are nearest."""


@dataclass(frozen=True)
class Seen:
    """A need as somebody sees it. whole: whether all of it may be shown; mine: whether this account handed it in."""

    register: Register
    need: Need
    whole: bool
    mine: bool

    @property
    def key(self) -> tuple[str, str]:
        """The name under which its organisation delivered it, and its id."""
        return self.register.owner, self.need.id


# ---------------------------------------------------------------- which there are


def known(snapshot: Snapshot) -> Mapping[str, tuple[Register, Need]]:
    """«organisation/id» → a need with its delivery, of all that count on the day."""

    def made() -> dict[str, tuple[Register, Need]]:
        return {f"{register.owner}/{row.id}": (register, row) for register, row in snapshot.deliveries("need")}

    return snapshot.once("needs by name", made)


def seen(snapshot: Snapshot, name: str, user: User) -> Seen:
    """A need by «organisation/id»; 404 where there is none on the day."""
    pair = known(snapshot).get(name)
    if pair is None:
        raise Http404
    return views([pair], user)[0]


def views(pairs: Sequence[tuple[Register, Need]], user: User) -> list[Seen]:
    """Needs as somebody sees them: who handed each in is in the log, who sees it whole is for `gaps` alone to say."""
    name = user.get_username()
    digests = {register.digest for register, _ in pairs}
    own = set(_delivered_by(name).intersection(digests)) if name else set()
    keys = sight.open_keys(user, now_known()) if any(need.confidential for _, need in pairs) else frozenset()
    return [Seen(r, need, not sight.hidden(need, keys), r.digest in own) for r, need in pairs]


def mine(user: User, snapshot: Snapshot, views: Iterable[Seen], organisation: str = "") -> list[Seen]:
    """Whose needs are mine, on every page: those that I handed in, those of matters in which I have a part, and those
    that I see whole of the organisation that employs me by the register of persons or that I state needs for.

    organisation: the last, as the page of needs remembers it.
    """
    name = name_of(user)
    involved = {id(need) for need in _of_matters(name, snapshot)} if name else set()
    names = {organisation} if organisation else set()
    if name:
        names |= {n for row in snapshot.rows("person") if row.account == name for n in row.organisation.values()}
    return [
        view for view in views
        if view.mine or id(view.need) in involved
        or (view.whole and names & {*view.register.organisation.values(), *view.need.organisation.values()})
    ]  # fmt: skip


def _of_matters(name: str, snapshot: Snapshot) -> Iterator[Need]:
    for matter in snapshot.matters:
        if any(name in matter.holders(role) for role in matter.roles):
            yield from needs_of(matter, snapshot.needs) or ()


def _delivered_by(name: str) -> frozenset[str]:
    return frozenset(Log.objects.filter(act="delivered", user=name).values_list("digest", flat=True))


# ---------------------------------------------------------------- what answers them


def supports(snapshot: Snapshot) -> Mapping[tuple[str, str], Support]:
    """What carries each capability on the day."""
    return supports_on(snapshot)


_columns: list[tuple[tuple[Capability, ...], CapabilityColumns]] = []


def columns(snapshot: Snapshot) -> CapabilityColumns:
    """The capabilities as columns; the same until capabilities are added, whatever else is."""

    def made() -> CapabilityColumns:
        for given, kept in _columns:
            if given == snapshot.capabilities:
                return kept
        fresh = CapabilityColumns.of(snapshot.capabilities)
        _columns[:] = [(snapshot.capabilities, fresh)]
        return fresh

    return snapshot.once("capability columns", made)


def _rests(snapshot: Snapshot, proof: Proof) -> Any:
    carried = supports(snapshot)
    return snapshot.once(f"what rests {proof}", lambda: resting(snapshot.capabilities, carried, proof))


def _places(snapshot: Snapshot) -> Mapping[str, Sequence[int]]:
    """Kind of quantity → places of its capabilities."""

    def made() -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for at, capability in enumerate(snapshot.capabilities):
            found.setdefault(quantity_key(capability.quantity), []).append(at)
        return found

    return snapshot.once("places by kind", made)


def screened(snapshot: Snapshot, needs: Sequence[Need], proof: Proof = "evidence") -> Screen:
    """The verdicts of some needs, by columns, each on its day of the service."""

    def rests(day: date | None, own: Sequence[Need]) -> Rests:
        if day is None or day <= snapshot.day:
            found: Rests = _rests(snapshot, proof)
            return found
        carried: dict[tuple[str, str], Support] = {}
        places: list[int] = []
        for kinds, need in {kinds_asked(need.quantity, need.item): need for need in own}.items():
            asked = Need("", {}, need.quantity, need.interval, item=need.item, day=day)
            carried |= supports_for(snapshot, asked, {})
            places += [at for kind in kinds for at in _places(snapshot).get(kind, ())]
        return resting_some(snapshot.capabilities, list(dict.fromkeys(places)), carried, proof)

    return by_day(columns(snapshot), list(needs), rests, snapshot.day)


def verdicts(snapshot: Snapshot) -> Mapping[str, tuple[Verdict, int]]:
    """«organisation/id» → verdict on the day, and how many capabilities can alone; all needs at once, and kept."""

    def made() -> dict[str, tuple[Verdict, int]]:
        names = list(known(snapshot))
        found = screened(snapshot, [need for _, need in known(snapshot).values()])
        return {
            name: (verdict, len(single))
            for name, verdict, single in zip(names, found.verdict, found.single, strict=True)
        }

    return snapshot.once("verdicts of all needs", made)


def answer(
    snapshot: Snapshot, need: Need, proof: Proof = "evidence", name: str = "", whole: bool = False
) -> Match:  # fmt: skip
    """The match of a need with its proof. name: under which it is kept; «» for one that is only tried; whole: whether
    every capability is examined.

    Where very many agree in measurand, the nearest are examined gate by gate and the others counted; should that
    change the verdict, more of them are, at last all.
    """

    def made() -> Match:
        found = screened(snapshot, [need], proof)
        rows, bits = found.of(0)
        for most in () if whole else EXAMINED:
            if len(rows) <= most:
                break
            near = _nearest(rows, bits, found.single[0], most)
            chosen = [snapshot.capabilities[at] for at in near]
            part = match_need(snapshot, need, proof, supports(snapshot), chosen)
            if part.verdict == found.verdict[0]:
                return replace(part, others=part.others + len(snapshot.capabilities) - len(chosen))
        return match_need(snapshot, need, proof, supports(snapshot))

    return snapshot.once(f"match {name} {proof} {whole}", made) if name else made()


def _nearest(rows: Any, bits: Any, single: Any, most: int) -> list[int]:
    """Capabilities that can alone, then those that fail the fewest gates."""
    failed = np.bitwise_count(np.asarray(bits) & 0b00111111)
    order = np.argsort(failed, kind="stable")
    first = [int(at) for at in np.asarray(single)[: most // 2]]
    rest = (int(rows[at]) for at in order)
    return list(dict.fromkeys([*first, *rest]))[:most]


def agreeing(snapshot: Snapshot, need: Need, name: str) -> int:
    """How many capabilities agree in measurand with a need. name: under which the count is kept."""
    return snapshot.once(f"agreeing {name}", lambda: len(screened(snapshot, [need]).of(0)[0]))


def unlike(snapshot: Snapshot, need: Need) -> list[Capability]:
    """The capabilities of a need's kind of quantity that do not agree in measurand: another item, say."""
    at = [n for kind in kinds_asked(need.quantity, need.item) for n in _places(snapshot).get(kind, ())]
    return [c for c in (snapshot.capabilities[n] for n in at) if not agrees(need, c)]


def meets(snapshot: Snapshot, capability: Capability) -> list[tuple[str, str]]:
    """«organisation/id» of each need that agrees in measurand with a capability, and the gates that it fails there;
    «» for none."""

    def places() -> dict[tuple[str, str], int]:
        return {c.key: at for at, c in enumerate(snapshot.capabilities)}

    at = snapshot.once("places of capabilities", places).get(capability.key)
    if at is None:
        return []

    def all_pairs() -> Screen:
        return screened(snapshot, [need for _, need in known(snapshot).values()])

    whole = snapshot.once("screen of all needs", all_pairs)
    hits = np.flatnonzero(whole.capability == at)
    needs_at = np.searchsorted(whole.at, hits, side="right") - 1
    names = list(known(snapshot))
    from suyuan.capability.matching.screen_rests import gates_of

    return [(names[int(n)], " ".join(gates_of(int(whole.failed[h])))) for n, h in zip(needs_at, hits, strict=True)]


# ---------------------------------------------------------------- putting one in


def read(row: Mapping[str, Any], organisation: Mapping[str, str]) -> tuple[Need | None, tuple[Finding, ...]]:
    """A need from a row as a register has it, without keeping anything."""
    fields = Fields(dict(row), "")
    value = readers()["need"](fields, Context(organisation or {"zh": "—"}, clock.today()))
    fields.close()
    return value, tuple(fields.found)


def may_change(view: Seen, user: User) -> bool:
    """Whether somebody may change a need or take it out: who handed it in, and who governs the registers."""
    return view.mine or may(user, *GOVERN)


def take_out(user: User, view: Seen) -> Delivered:
    """Take a need out of the register from today on; what was delivered stays."""
    require(user, *STATE)
    if not may_change(view, user):
        raise PermissionDenied
    return deliver(user, view.register.organisation, {"need": [{"id": view.need.id, "removed": True}]})


def next_id(snapshot: Snapshot, organisation: Mapping[str, str]) -> str:
    """An id that the organisation never used: N-2026-001 and so on. Orders and answers name a need by it, so the id of
    one that was taken out is not given again."""
    names = set(organisation.values())
    year = snapshot.day.year
    own = [r for r in snapshot.documents.registers if names & set(r.organisation.values())]
    used = {need.id for r in own for need in r.rows.get("need", ())}
    used |= {id for r in own for id in r.removed.get("need", ())}
    return next(name for n in range(1, 100_000) if (name := f"N-{year}-{n:03d}") not in used)


def put_in(user: User, row: Mapping[str, Any], organisation: Mapping[str, str]) -> Delivered:
    """Keep a need as one delivery of its organisation. Raises Refused where it cannot be read."""
    require(user, *STATE)
    return deliver(user, organisation, {"need": [dict(row)]})


def on(day: date | None) -> Snapshot:
    """What is known on a day, today where none is said."""
    return now_known(day)
