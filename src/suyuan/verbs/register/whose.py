"""Whose each row of a register is, and which of its rows somebody may not deliver: the one table of both.

A row may name another organisation than the register that holds it, and an event another one's authorisation, centre
or person; readers take the row's word. So a delivery is asked row by row: `RULES` says who must be spoken for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from suyuan.centre.records import Centre
from suyuan.procedure.procedure import Text
from suyuan.procedure.register import Register, Row
from suyuan.quantity.finding import Finding, finding
from suyuan.talent.joined import shares
from suyuan.verbs.register.columns.table import columns
from suyuan.verbs.snapshot import Snapshot


@dataclass(frozen=True)
class Voice:
    """For whom somebody speaks, by names as they count (`bare`). mine: own organisations; rooted: those of them by rows
    that somebody else delivered; taken: all names that stand in a register; whole: for everybody (who keeps the
    registers in order); examines: trains and examines persons of others; account."""

    account: str
    mine: frozenset[str]
    rooted: frozenset[str]
    taken: frozenset[str]
    whole: bool = False
    examines: bool = False

    def speaks(self, organisation: Text) -> bool:
        """Whether each name is an own one or stands nowhere yet: a new house may be founded by anybody."""
        names = map(bare, organisation.values())
        return self.whole or all(name in self.mine or name not in self.taken for name in names)

    def stands(self, organisation: Text) -> bool:
        """Whether somebody speaks for an organisation by what others delivered, and not by having founded it."""
        return self.whole or (bool(organisation) and all(bare(name) in self.rooted for name in organisation.values()))


@dataclass(frozen=True)
class Foreign:
    """A row that somebody may not deliver. place: kind and id; code: of the finding; owner: whose it is."""

    kind: str
    id: str
    code: str
    owner: str

    def told(self, place: str) -> Finding:
        """The finding at the place of the row: it keeps the row out, not the register."""
        said = columns(self.kind).title
        told = {"kind_zh": said["zh"], "kind_en": said["en"], "id": self.id, "organisation": self.owner or "—"}
        if self.code == "unknown":
            del told["organisation"]
        match self.code:
            case "account":
                return finding("register.whose.account", place, "warning", **told)
            case "unknown":
                return finding("register.whose.unknown", place, "warning", **told)
            case "all":
                return finding("register.whose.all", place, "warning", **told)
        return finding("register.whose.foreign", place, "warning", **told)


@lru_cache(maxsize=65536)
def bare(name: str) -> str:
    """A name as it counts: signs that nobody sees and blanks are no difference.

    >>> bare(" Lab\\u200b A") == bare("lab a")
    True
    """
    seen = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return "".join(seen.split()).casefold()


def taken(registers: Iterable[Register]) -> frozenset[str]:
    """The names of all organisations that stand in registers: at their heads or in a row."""
    texts: list[str] = []
    for register in registers:
        texts += register.organisation.values()
        for kind, rows in register.rows.items():
            for row in rows if kind in OWNER else ():
                texts += getattr(row, OWNER[kind]).values()
                if isinstance(row, Centre):
                    texts += [*row.laboratories, *row.name.values()]
    return frozenset(bare(name) for name in dict.fromkeys(texts))


OWNER: Mapping[str, str] = {
    "capability": "laboratory", "need": "organisation", "resource": "organisation", "transfer": "owner",
    "person": "organisation", "authorisation": "laboratory", "training_base": "organisation",
    "programme": "organisation", "centre": "host",
}  # fmt: skip
"""Kind of row → its field that says whose it is. A commitment's owner is whom a plan names: only regulators deliver
it."""


@dataclass(frozen=True)
class _Case:
    """One delivery before it is kept."""

    voice: Voice
    register: Register
    known: Snapshot

    def meant(self, kind: str, id: str) -> tuple[Row, ...]:
        """The rows that an id means in this register: its own first, else all others' of that id."""
        if (kind, id) in self._here:
            return ((self.register, self._here[kind, id]),)
        owner, rows = self.register.owner, self.of_id(kind, id)
        return tuple(pair for pair in rows if pair[0].owner == owner) or rows

    def of_id(self, kind: str, id: str) -> tuple[Row, ...]:
        """The rows of an id that count, whosever they are."""
        known = self.known.once(f"{kind} by id", lambda: _grouped(self.known.deliveries(kind), lambda row: row.id))
        return known.get(id, ())

    @cached_property
    def _here(self) -> dict[tuple[str, str], Any]:
        return {(kind, row.id): row for kind, rows in self.register.rows.items() for row in rows}

    def same(self, person: Any) -> Iterator[Any]:
        """The rows that count of one person (`talent.joined`): of a common account, else of id and name."""
        accounts = self.known.once(
            "person by account", lambda: _grouped(self.known.deliveries("person"), lambda row: row.account)
        )
        for _, other in accounts.get(person.account, ()) if person.account else ():
            yield other
        for _, other in self.of_id("person", person.id):
            if not (person.account and other.account) and shares(person.name, other.name):
                yield other


def _grouped(rows: Iterable[Row], key: Callable[[Any], str]) -> dict[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = {}
    for pair in rows:
        found.setdefault(key(pair[1]), []).append(pair)
    return {word: tuple(pairs) for word, pairs in found.items()}


Wrong = tuple[str, str]
"""Code of a finding and whose it is."""


def foreign(voice: Voice, register: Register, known: Snapshot) -> tuple[Foreign, ...]:
    """The rows of a delivery that somebody may not deliver, each with the reason; () for whoever speaks for all."""
    if voice.whole:
        return ()
    case = _Case(voice, register, known)
    found = []
    for kind, rows in register.rows.items():
        for row in rows:
            wrong = next(RULES[kind](case, row), None) if kind in RULES else None
            if wrong is not None:
                found.append(Foreign(kind, row.id, *wrong))
    return tuple(found)


# ---------------------------------------------------------------- the rules


def _unspoken(case: _Case, *organisations: Text) -> Iterator[Wrong]:
    for organisation in organisations:
        if not case.voice.speaks(organisation):
            yield "foreign", _first(organisation)


def _first(organisation: Text) -> str:
    return organisation.get("zh") or next(iter(organisation.values()), "")


def _own(kind: str) -> Callable[[_Case, Any], Iterator[Wrong]]:
    """A row is of the organisation that it names."""
    return lambda case, row: _unspoken(case, getattr(row, OWNER[kind]))


def _person(case: _Case, row: Any) -> Iterator[Wrong]:
    """A person is of the employer. Another one's account, or a person whom another house employs, is named only by who
    stands in the employer's house by what others delivered: nobody is drawn into a house that was founded for it."""
    yield from _unspoken(case, row.organisation)
    if case.voice.stands(row.organisation):
        return
    if row.account and row.account != case.voice.account:
        yield "account", row.account
    for other in case.same(row):
        over = other.employed_until is not None and other.employed_until < case.known.day
        if not over and not case.voice.speaks(other.organisation):
            yield "account", _first(other.organisation)


def _target(case: _Case, rows: Iterable[Row], whose: Callable[[Row], Text]) -> Iterator[Wrong]:
    """Something about another row is of those whose row that is; of what nobody knows yet of who stands in the house
    that delivers: nothing is laid in wait for others."""
    meant = tuple(rows)
    if not meant and not case.voice.stands(case.register.organisation):
        yield "unknown", ""
    yield from _unspoken(case, *(whose(pair) for pair in meant))


def _evidence(case: _Case, row: Any) -> Iterator[Wrong]:
    """Evidence is of an employer of its person; who trains and examines also proves persons of others."""
    meant = case.meant("person", row.person)
    if case.voice.examines or any(case.voice.speaks(person.organisation) for _, person in meant):
        return
    yield from _target(case, meant, lambda pair: pair[1].organisation)


def _event(case: _Case, row: Any) -> Iterator[Wrong]:
    """What happened to an authorisation is of its laboratory. A revision that names only a method reaches its own
    register where that grants any, else the authorisations of all."""
    if row.authorisation:
        yield from _target(case, case.meant("authorisation", row.authorisation), lambda pair: pair[1].laboratory)
        return
    owner = case.register.owner
    grants = case.register.rows.get("authorisation") or any(
        register.owner == owner for register, _ in case.known.deliveries("authorisation")
    )
    if not grants:
        yield "all", row.method


def _requirement(case: _Case, row: Any) -> Iterator[Wrong]:
    """What a unit asks for is of those whose register holds the unit."""
    yield from _target(case, case.meant("competence_unit", row.unit), lambda pair: pair[0].organisation)


def _course(case: _Case, row: Any) -> Iterator[Wrong]:
    """A course is of the house of its base."""
    if row.base:
        yield from _target(case, case.meant("training_base", row.base), lambda pair: pair[1].organisation)


def _centre(case: _Case, row: Centre) -> Iterator[Wrong]:
    """A centre is of its host, also the one that the same id has had; it counts in no laboratory of others that it had
    not before, for whoever runs a centre speaks for its laboratories."""
    others = [other for _, other in case.of_id("centre", row.id)]
    yield from _unspoken(case, row.host, *(other.host for other in others))
    before = {name for other in others for name in (*other.laboratories, *other.name.values())}
    yield from _unspoken(case, *({"": name} for name in (*row.laboratories, *row.name.values()) if name not in before))


def _record(case: _Case, row: Any) -> Iterator[Wrong]:
    """What is recorded of a centre is of its host."""
    rows = list(case.of_id("centre", row.centre))
    rows += [(case.register, centre) for centre in case.register.rows.get("centre", ()) if centre.id == row.centre]
    yield from _target(case, rows, lambda pair: pair[1].host)


RULES: Mapping[str, Callable[[_Case, Any], Iterator[Wrong]]] = {
    **{kind: _own(kind) for kind in OWNER},
    "person": _person, "evidence": _evidence, "authorisation_event": _event, "requirement": _requirement,
    "course": _course, "centre": _centre, "centre_record": _record,
}  # fmt: skip
"""Kind of row → what speaks against its delivery. A competence unit is of the register that holds it, and a commitment
is for those alone who speak for all."""
