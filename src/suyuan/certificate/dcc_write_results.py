"""The second ring of a DCC: methods with attached files, equipment with references, conditions, results.

The place of a quantity («result/element», «result/list/element») is where it stands among the data of its result, so a
reader that counts finds the places that the certificate's own archive speaks of.
Source: DCC XML schema 3.3.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from suyuan.certificate.certificate import (
    Attachment,
    Certificate,
    Condition,
    Equipment,
    Method,
    Result,
    StatedQuantity,
    Statement,
)
from suyuan.certificate.dcc_parts import RULE, Element, Scribe, add, file, first, line, ref_types, word
from suyuan.certificate.dsi_write import unit_of, write_dsi, write_real
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import ONE

ATTACHMENTS = "suyuan_attachments"
CONFORMITY = ("pass", "fail", "conditionalPass", "conditionalFail", "noPass", "noFail")
UNDECIDED = "undecided"
"""A verdict that DCC has no word for: the statement's text says it, no conformity element is written."""

STATES = ("beforeAdjustment", "afterAdjustment", "beforeRepair", "afterRepair")
_CARRIER = {
    "zh": "机器可读附件：测量模型、输入与不确定度档案",
    "en": "Machine-readable files: measurement model, inputs and archive of the uncertainty",
}
_RESULTS = {"zh": "测量结果", "en": "Measurement results"}
_BASIS = {"zh": "依据的技术文件", "en": "Governing document"}


def measurement_results(root: Element, c: Certificate, scribe: Scribe) -> None:
    """Append dcc:measurementResults with one measurementResult."""
    outer = add(root, "measurementResults")
    element = add(outer, "measurementResult")
    scribe.text(element, "name", _RESULTS, "results")
    _methods(element, c, scribe)
    if c.equipment:
        listed = add(element, "measuringEquipments")
        for i, equipment in enumerate(c.equipment):
            _equipment(listed, equipment, scribe, f"equipment/{i}")
    if c.conditions:
        conditions = add(element, "influenceConditions")
        for i, condition in enumerate(c.conditions):
            _condition(conditions, condition, scribe, f"conditions/{i}")
    results = add(element, "results")
    notes = notes_by_place(c)
    for i, result in enumerate(c.results):
        _result(results, result, i, scribe, notes)
    _correlations(element, c)


def _methods(parent: Element, c: Certificate, scribe: Scribe) -> None:
    """The methods, the governing document if no method names it, and the one that carries the files."""
    methods = list(c.methods)
    if c.basis and not any(c.basis in m.norms for m in methods):
        methods.append(Method(_BASIS, (c.basis,)))
    carried = [a for a in c.attachments if a.where != "document"]
    if carried and not any(ATTACHMENTS in m.ref_types for m in methods):
        methods.append(Method(_CARRIER, ref_types=(ATTACHMENTS,)))
    if not methods:
        return
    listed = add(parent, "usedMethods")
    for i, method in enumerate(methods):
        where = f"methods/{i}"
        element = ref_types(add(listed, "usedMethod"), method.ref_types, where)
        scribe.text(element, "name", method.name, f"{where}/name")
        files: Sequence[Attachment] = carried if ATTACHMENTS in method.ref_types else ()
        if files or any(v.strip() for v in method.description.values()):
            description = add(element, "description")
            scribe.contents(description, first(method.description, method.name), f"{where}/description")
            for n, attachment in enumerate(files):
                file(description, "file", attachment, f"attachments/{n}")
        if files:
            carried = []
        for norm in method.norms:
            line(element, "norm", norm, f"{where}/norms")


def _equipment(parent: Element, equipment: Equipment, scribe: Scribe, where: str) -> None:
    element = add(parent, "measuringEquipment")
    scribe.text(element, "name", equipment.name, f"{where}/name")
    if equipment.certificate is not None:
        scribe.reference(element, "certificate", equipment.certificate, f"{where}/certificate")
    scribe.identifications(element, equipment.identifications, f"{where}/identifications")


def _condition(parent: Element, condition: Condition, scribe: Scribe, where: str) -> None:
    element = ref_types(add(parent, "influenceCondition"), condition.ref_types, where)
    scribe.text(element, "name", condition.name, f"{where}/name")
    described = any(v.strip() for v in condition.description.values())
    if described:
        scribe.text(element, "description", condition.description, f"{where}/description")
    if condition.state:
        word(element, "status", condition.state, STATES, f"{where}/state")
    if condition.certificate is not None:
        scribe.reference(element, "certificate", condition.certificate, f"{where}/certificate")
    data = add(element, "data")
    for i, stated in enumerate(condition.quantities):
        _quantity(data, stated, scribe, f"{where}/quantities/{i}")
    if not condition.quantities:
        scribe.text(data, "text", condition.description if described else condition.name, where)


Notes = Mapping[str, Sequence[Statement]]


def notes_by_place(c: Certificate) -> Notes:
    """The statements about one quantity or list of the results, by its place; the others concern the whole."""
    places = {"/".join(q.place.split("/")[: n + 1]) for q in c.quantities() for n in range(1, len(q.place.split("/")))}
    notes: dict[str, list[Statement]] = {}
    for statement in c.statements:
        if statement.about in places:
            notes.setdefault(statement.about, []).append(statement)
    return notes


def _result(parent: Element, result: Result, index: int, scribe: Scribe, notes: Notes) -> None:
    where = f"results/{index}"
    element = ref_types(add(parent, "result"), result.ref_types, where)
    scribe.text(element, "name", first(result.name, _RESULTS), f"{where}/name")
    _branch(add(element, "data"), _tree(result, index), scribe, str(index), notes)


Tree = Mapping[int, Any]


def _tree(result: Result, index: int) -> Tree:
    """The quantities by their places as nested counts, each level 0, 1, 2 … without gap."""
    tree: dict[int, Any] = {}
    for stated in result.quantities:
        steps = stated.place.split("/")
        if len(steps) < 2 or not all(s.isdecimal() for s in steps) or int(steps[0]) != index:
            raise _misplaced(stated.place, index)
        level = tree
        for step in steps[1:-1]:
            below = level.setdefault(int(step), {})
            if not isinstance(below, dict):
                raise _misplaced(stated.place, index)
            level = below
        if int(steps[-1]) in level:
            raise _misplaced(stated.place, index)
        level[int(steps[-1])] = stated
    _check_dense(tree, index)
    return tree


def _check_dense(tree: Tree, index: int) -> None:
    if sorted(tree) != list(range(len(tree))):
        raise _misplaced(", ".join(map(str, sorted(tree))), index)
    for below in tree.values():
        if isinstance(below, dict):
            _check_dense(below, index)


def _misplaced(place: str, index: int) -> Refused:
    return Refused(finding("dcc_write.place", f"results/{index}", rule=RULE, place=place))


def _branch(parent: Element, tree: Tree, scribe: Scribe, place: str, notes: Notes) -> None:
    for step in sorted(tree):
        below, here = tree[step], f"{place}/{step}"
        if isinstance(below, dict):
            listed = add(parent, "list")
            _branch(listed, below, scribe, here, notes)
            _notes(listed, notes.get(here, ()), scribe, f"results/{here}")
        else:
            _quantity(parent, below, scribe, f"results/{here}", _id(below), notes.get(here, ()))


def _notes(parent: Element, notes: Sequence[Statement], scribe: Scribe, where: str) -> None:
    if notes:
        about = add(parent, "measurementMetaData")
        for i, note in enumerate(notes):
            statement(about, "metaData", note, scribe, f"{where}/statements/{i}")


def statement(parent: Element, name: str, said: Statement, scribe: Scribe, where: str) -> None:
    """Append a dcc:statement or dcc:metaData."""
    element = ref_types(add(parent, name), said.ref_types, where)
    if said.decision_rule.strip():
        add(element, "convention", said.decision_rule.strip(), where)
    if said.traceable is not None:
        add(element, "traceable", "true" if said.traceable else "false")
    if said.norm.strip():
        add(element, "norm", said.norm.strip(), where)
    if any(v.strip() for v in said.text.values()):
        scribe.text(element, "declaration", said.text, f"{where}/text")
    if said.day is not None:
        add(element, "date", said.day.isoformat())
    if said.conformity not in ("", UNDECIDED):
        states = said.conformity.split()
        for state in states:
            if state not in CONFORMITY:
                allowed = ", ".join(CONFORMITY)
                raise Refused(finding("dcc_write.word", f"{where}/conformity", rule=RULE, given=state, allowed=allowed))
        add(element, "conformity" if len(states) == 1 else "conformityXMLList", " ".join(states))
    if said.quantities:
        data = add(element, "data")
        for i, stated in enumerate(said.quantities):
            _quantity(data, stated, scribe, f"{where}/quantities/{i}")


def _id(stated: StatedQuantity) -> str:
    """The XML id of a quantity; names must not begin with a digit nor hold a slash."""
    return "q" + stated.place.replace("/", ".")


def _quantity(
    parent: Element,
    stated: StatedQuantity,
    scribe: Scribe,
    where: str,
    name: str = "",
    notes: Sequence[Statement] = (),
) -> None:
    element = ref_types(add(parent, "quantity"), stated.ref_types, where)
    if name:
        element.set("id", name)
    if any(v.strip() for v in stated.name.values()):
        scribe.text(element, "name", stated.name, f"{where}/name")
    write_dsi(element, stated, where)
    dof = stated.uncertainty.dof if stated.uncertainty is not None else None
    ranged = stated.lower is not None or stated.upper is not None
    if dof is None and not ranged and not stated.class_row and not notes:
        return
    about = add(element, "measurementMetaData")
    if ranged:
        data = add(_meta(about, "basic_validityRange"), "data")
        unit = unit_of(stated.range_unit or stated.unit, where)
        for end, value in (("Min", stated.lower), ("Max", stated.upper)):
            if value is not None:
                write_real(ref_types(add(data, "quantity"), (f"basic_validityRange{end}",), where), value, unit)
    if dof is not None:
        write_real(add(add(_meta(about, "suyuan_degreesOfFreedom"), "data"), "quantity"), dof, ONE)
    if stated.class_row:
        line(_meta(about, "suyuan_accuracyClass"), "reference", stated.class_row, where)
    for i, note in enumerate(notes):
        statement(about, "metaData", note, scribe, f"{where}/statements/{i}")


def _meta(parent: Element, kind: str) -> Element:
    return ref_types(add(parent, "metaData"), (kind,), kind)


def _correlations(parent: Element, c: Certificate) -> None:
    """Each r of two scalar quantities, with both named by their ids."""
    joint = [pair for result in c.results for pair in result.joint]
    if not joint:
        return
    places = {q.place: q for q in c.quantities()}
    listed = add(parent, "measurementMetaData")
    for one, other, r in joint:
        for place in (one, other):
            if place not in places:
                raise Refused(finding("dcc_write.place", "results/joint", rule=RULE, place=place))
        element = _meta(listed, "suyuan_correlation")
        element.set("refId", f"{_id(places[one])} {_id(places[other])}")
        write_real(add(add(element, "data"), "quantity"), r, ONE)
