"""Components of uncertainty of a stream as they are filed, each with the certificate or rule row whose error it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from suyuan.carbon.claim.claim import MONTHS, Evidence
from suyuan.carbon.component import Component
from suyuan.carbon.factor import u_rel_of
from suyuan.carbon.fuel.filed_factor import Whose
from suyuan.carbon.fuel.plausible import out_of_range, ranges
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.table import Row

YEAR = frozenset(range(1, MONTHS + 1))


def read_components(
    fields: Fields, known: tuple[str, ...], rows: Mapping[str, Row], whose: Whose
) -> tuple[tuple[Component, ...], tuple[Evidence, ...]]:
    """The components of a stream, and the certificates behind them.

    known: factors of its product; rows: factor → the rule row that gave it. The first component of such a factor that
    no certificate states is the error of the row: one in all streams, plants and years; where none is stated, a row
    that has an uncertainty brings its own.
    """
    made: list[Component] = []
    evidence: list[Evidence] = []
    seen: dict[tuple[str, ...], set[int]] = {}
    left = dict(rows)
    for one in fields.several("components"):
        of = one.choice("of", known)
        component, months = _component(one, of, whose, left)
        if component is not None:
            made.append(component)
            _twice(one, component, months, seen)
            if component.source.number:
                source = component.source
                evidence.append(Evidence(component.name, source.issuer, source.number, "", one.day("valid_until"),
                                         months, whose.name, of))  # fmt: skip
    for of, row in left.items():
        u_rel = u_rel_of(row)
        if u_rel is not None:
            made.append(Component(str(row["id"]), u_rel, True, of, row=str(row["id"])))
    return tuple(made), tuple(evidence)


def _component(
    one: Fields, of: str, whose: Whose, left: dict[str, Row]
) -> tuple[Component | None, tuple[int, ...]]:  # fmt: skip
    """One component with the months that it concerns, None with what is wrong with it. left: rows without theirs."""
    name, shared, printed = one.text("name", True), _truth(one, "shared"), _printed(one)
    u_rel = _relative(one)
    issuer, number, place = (one.text(key) for key in ("issuer", "number", "place"))
    one.day("valid_until")
    months = tuple(int(n.value) for n in one.numbers("months"))
    if bool(issuer) != bool(number):
        one.report("carbon.component.half", "number" if issuer else "issuer", severity="warning", name=name)
    if bad := [month for month in months if month not in YEAR]:
        one.report("carbon.report.month", "months", given=", ".join(map(str, bad)))
    one.close()
    source, places = Source(issuer, number, place), frozenset(month - 1 for month in months)
    row = left.pop(of, None) if printed is None and not (issuer and number) else None
    if row is not None and not shared and u_rel is not None:
        one.report("carbon.component.row_shared", "shared", name=name, row=row["id"])
    try:
        if printed is not None:
            made = Component.of_certificate(name, of, printed, source, places)
        elif u_rel is not None:
            key = identity("component", whose.name, one.pointer.rsplit("/components", 1)[0], whose.enterprise,
                           whose.unit, str(whose.year), one.pointer, of, name)  # fmt: skip
            made = Component(name, u_rel, shared, of, source, places=places, key=key, row=str(row["id"]) if row else "")
        else:
            return None, months
    except Refused as refused:
        one.found.extend(replace(item, where=one.where()) for item in refused.findings)
        return None, months
    if made.u_rel == 0.0:
        one.report("carbon.component.nil", "u_rel", name=name)
    given = "U" if printed is not None else "U_rel" if one.has("U_rel") else "u_rel"
    one.found.extend(out_of_range(made.u_rel, ranges("component", of), whose.rules.overrides, one.where(given),
                                  whose.day, name=name))  # fmt: skip
    return made, months


def _relative(one: Fields) -> float | None:
    """Relative standard uncertainty as typed, u_rel or U_rel with its k; None where none is there or one is wrong."""
    u, expanded, k = (one.number(key) for key in ("u_rel", "U_rel", "k"))
    if u is None and expanded is None:
        if not one.has("value") and not (one.has("u_rel") or one.has("U_rel")):
            one.report("carbon.component.none", "u_rel")
        return None
    if u is not None and expanded is not None:
        one.report("carbon.component.both", "U_rel")
        return None
    if u is not None:
        return u.value
    if k is None or k.value <= 0.0:
        one.report("typed.field.missing", "k", field="k")
        return None
    return expanded.value / k.value if expanded is not None else None


def _twice(one: Fields, component: Component, months: tuple[int, ...], seen: dict[tuple[str, ...], set[int]]) -> None:
    """A finding where the same component, or the same certificate, stands twice for one factor in one month."""
    source, mine = component.source, set(months or YEAR)
    keys: list[tuple[str, ...]] = [(component.of, "name", component.name)]
    if source.number:
        keys.append((component.of, "certificate", source.issuer, source.number, source.place))
    both = [seen[key] & mine for key in keys if key in seen and seen[key] & mine]
    if both:
        one.report("carbon.component.twice", "name", name=component.name, number=source.number,
                   months=", ".join(map(str, sorted(both[0]))))  # fmt: skip
    for key in keys:
        seen.setdefault(key, set()).update(mine)


def _printed(one: Fields) -> Quantity | None:
    """A component's value as its certificate prints it, with the certificate's own influence; None where not given."""
    if not one.has("value"):
        return None
    value, U, k = one.number("value", True), one.number("U", True), one.number("k", True)
    unit, place = one.text("unit", True), one.text("place", True)
    issuer, number = one.text("issuer", True), one.text("number", True)
    if value is None or U is None or k is None or not (unit and place and issuer and number):
        return None
    if value.value == 0.0 or k.value <= 0.0 or U.value < 0.0 or one.content.get("shared") is not True:
        one.report("carbon.component.printed", "value", value=value.printed, U=U.printed, k=k.printed)
        return None
    try:
        return quantity(value.value, U.value / k.value, unit, label=number, source=Source(issuer, number, place),
                        id=identity(issuer, number, place))  # fmt: skip
    except Refused as refused:
        one.found.extend(replace(item, where=one.where("unit")) for item in refused.findings)
        return None


def _truth(fields: Fields, key: str) -> bool:
    fields.asked.add(key)
    value = fields.content.get(key)
    if not isinstance(value, bool):
        fields.report("typed.field.type", key, field=key, expected_zh="true 或 false", expected_en="true or false")
    return value is True
