"""The data of a DCC: quantities of results, conditions and statements, with the place of each.

The place of a stated quantity is the index of its result among all dcc:result of the file, then its index at each
level among the dcc:quantity and dcc:list beside it: «0/2», «0/1/3». Texts, formulae and files between them do not
count. Where one D-SI element holds values of several units, or a si:list, one more index follows. Conditions,
statements and particulars count the same way behind their own letter: «c0/1», «s2/0», «i0», and metadata of a
quantity behind «…/m0». Names and languages play no part, so a translated certificate keeps its places.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from suyuan.certificate.certificate import Result, StatedQuantity, Statement, Text, Uncertainty
from suyuan.certificate.dcc_text import DCC, RULE, Report, day, first_child, parts, ref_types, text, truth, words
from suyuan.certificate.dsi_read import Setting, read_dsi
from suyuan.certificate.dsi_uncertainty import SI
from suyuan.certificate.xml import Element, children, place
from suyuan.quantity.finding import finding

_NAME, _QUANTITY, _LIST, _DATA = DCC + "name", DCC + "quantity", DCC + "list", DCC + "data"
_META_LIST, _META = DCC + "measurementMetaData", DCC + "metaData"
_NO_QUANTITY, _CHARS, _RELATIVE = DCC + "noQuantity", DCC + "charsXMLList", DCC + "relativeUncertainty"
_TEXT, _FORMULA, _XML = DCC + "text", DCC + "formula", DCC + "xml"
# Read elsewhere (methods, equipment, conditions, files) or holding nothing that could be a number.
_ELSEWHERE = frozenset(
    DCC + name
    for name in (
        "description",
        "usedMethods",
        "usedSoftware",
        "measuringEquipments",
        "influenceConditions",
        "byteData",
        "dateTime",
        "dateTimeXMLList",
    )
)
_NORMS, _DECLARATION = frozenset({DCC + "norm", DCC + "reference"}), DCC + "declaration"
_NUMERIC = re.compile(r"\s*[-+±<>≤≥~≈]?\s*\d")

Joint = tuple[tuple[str, str, float], ...]


class Ranges:
    """The calibrated range that the certificate states for all its results, if any."""

    __slots__ = ("lower", "unit", "upper")

    def __init__(self) -> None:
        self.lower: float | None = None
        self.upper: float | None = None
        self.unit = ""


class Data:
    """One reading of data: the quantities found, in document order, and what was said about them."""

    def __init__(self, report: Report, ranges: Ranges | None = None) -> None:
        self.report = report
        self.setting = Setting(report)
        if ranges is not None:
            self.setting.lower, self.setting.upper, self.setting.range_unit = ranges.lower, ranges.upper, ranges.unit
        self.quantities: list[StatedQuantity] = []
        self.statements: list[Statement] = []
        self.places: dict[str, str] = {}

    def read(self, data: Element, prefix: str, name: Text) -> None:
        """Read a dcc:data or dcc:list: its quantities and lists in turn, and the metadata of the list."""
        index = 0
        for child in children(data):
            tag = child.tag
            if tag == _QUANTITY:
                self.quantity(child, f"{prefix}/{index}", name)
                index += 1
            elif tag == _LIST:
                self.read(child, f"{prefix}/{index}", text(first_child(child, _NAME)) or name)
                index += 1
            elif tag == _META_LIST:
                self.statements += metadata(child, prefix, self.report)
            elif tag == _TEXT:
                self._words(child, text(child))
            elif tag in (_FORMULA, _XML):
                self._skipped(child, "note")

    def quantity(self, element: Element, at: str, name: Text = {}) -> None:  # noqa: B006 (never changed)
        """Read one dcc:quantity (or itemQuantity …) at its place; `name` stands in where it has none of its own."""
        setting = self.setting
        setting.ref_types = ref_types(element)
        setting.name = name
        found: list[StatedQuantity] = []
        about: Element | None = None
        relative: Element | None = None
        for child in children(element):
            tag = child.tag
            if tag == _NAME:
                setting.name = text(child) or name
            elif tag.startswith(SI):
                found += read_dsi(child, at, setting)
            elif tag == _META_LIST:
                about = child
            elif tag == _NO_QUANTITY:
                self._words(child, text(child))
            elif tag == _CHARS:
                self._words(child, {"": child.text or ""})
            elif tag == _RELATIVE:
                relative = child
            elif tag not in _ELSEWHERE:
                self._skipped(child, "warning")
        if relative is not None:
            stated = any(q.uncertainty is not None for q in found)
            self.report(
                finding("certificate.dcc.relative", place(relative), "note" if stated else "warning", RULE, place=at)
            )
        if about is not None:
            found = self._about(found, about, at)
        identifier = element.get("id")
        if identifier:
            self.places[identifier] = at
        self.quantities += found

    def _words(self, element: Element, texts: Text) -> None:
        """A text where a quantity could stand: reported if it begins like a number, for it is not read as one."""
        for line in texts.values():
            if _NUMERIC.match(line):
                code = "certificate.dcc.number_as_text"
                self.report(finding(code, place(element), "note", RULE, text=" ".join(line.split())[:60]))
                return

    def _skipped(self, element: Element, severity: str) -> None:
        name = str(element.tag).rpartition("}")[2]
        level = "warning" if severity == "warning" else "note"
        self.report(finding("certificate.dcc.construct", place(element), level, RULE, construct=name))  # type: ignore[arg-type]

    def _about(self, found: list[StatedQuantity], about: Element, at: str) -> list[StatedQuantity]:
        """Take what the metadata says about the quantity itself (range, dof, class), keep the rest as statements."""
        for statement in metadata(about, at, self.report):
            types = statement.ref_types
            if "basic_validityRange" in types:
                low, high, unit = calibrated_range(statement)
                found = [replace(q, lower=low, upper=high, range_unit=unit) for q in found]
            elif "suyuan_degreesOfFreedom" in types and statement.quantities:
                dof = float(statement.quantities[0].value[0])
                found = [_with(q, dof=dof) for q in found]
            elif "suyuan_accuracyClass" in types and statement.norm:
                found = [_of_class(q, statement.norm) for q in found]
            else:
                self.statements.append(statement)
        return found


def _with(q: StatedQuantity, dof: float) -> StatedQuantity:
    usable = q.uncertainty is not None and dof > 0
    return replace(q, uncertainty=replace(q.uncertainty, dof=dof)) if usable and q.uncertainty is not None else q


def _of_class(q: StatedQuantity, row: str) -> StatedQuantity:
    """A class's limit is written as an expanded uncertainty with k = √3 and p = 1; read back it is a half-width."""
    stated = q.uncertainty
    if stated is not None and stated.k is not None and stated.p == 1.0 and math.isclose(stated.k, math.sqrt(3.0)):
        limit = Uncertainty("half_width", stated.value, stated.printed, None, None, stated.dof, stated.distribution)
        return replace(q, uncertainty=limit, class_row=row)
    return replace(q, class_row=row)


def metadata(listed: Element, about: str, report: Report) -> list[Statement]:
    """The metaData elements of a measurementMetaData as statements about a place."""
    mine = enumerate(listed.iterchildren(_META))
    return [statement(child, f"{about}/m{i}", about, report) for i, child in mine]


def statement(element: Element, prefix: str, about: str, report: Report) -> Statement:
    """One dcc:statement or dcc:metaData; its own data are read at `prefix`."""
    has = parts(element)
    norms = [words(child) for child in element if child.tag in _NORMS] if has.keys() & _NORMS else []
    quantities: tuple[StatedQuantity, ...] = ()
    if _DATA in has:
        data = Data(report)
        data.read(has[_DATA], prefix, {})
        quantities = tuple(data.quantities)
    declared = text(has.get(_DECLARATION)) or text(has.get(DCC + "description")) or text(has.get(_NAME))
    conformity = words(has.get(DCC + "conformity", has.get(DCC + "conformityXMLList")))
    return Statement(
        declared,
        ref_types(element),
        " ".join(norm for norm in norms if norm),
        words(has.get(DCC + "convention")),
        " ".join(conformity.split()),
        quantities,
        about,
        day(has.get(DCC + "date"), report),
        truth(has.get(DCC + "traceable")),
    )


def calibrated_range(said: Statement) -> tuple[float | None, float | None, str]:
    """Lower and upper end of a «basic_validityRange» and their unit; (None, None, «») unless single finite values in
    one unit, in order."""
    ends: dict[str, StatedQuantity] = {}
    for q in said.quantities:
        for end in ("Min", "Max"):
            if f"basic_validityRange{end}" in q.ref_types and len(q.value) == 1 and math.isfinite(q.value[0]):
                ends[end] = q
    units = {q.unit for q in ends.values()}
    low = float(ends["Min"].value[0]) if "Min" in ends else None
    high = float(ends["Max"].value[0]) if "Max" in ends else None
    if len(units) != 1 or (low is not None and high is not None and low > high):
        return None, None, ""
    return low, high, units.pop()


def results(
    elements: list[Element], measurements: list[Element], ranges: Ranges, report: Report
) -> tuple[tuple[Result, ...], tuple[Statement, ...]]:
    """All dcc:result of the file, and what their metadata and those of the dcc:measurementResult around them state."""
    found: list[tuple[Text, tuple[str, ...], Data]] = []
    places: dict[str, str] = {}
    for index, element in enumerate(elements):
        data = Data(report, ranges)
        name = text(first_child(element, _NAME))
        for child in element.iterchildren(_DATA):
            data.read(child, str(index), {})
        places.update(data.places)
        found.append((name, ref_types(element), data))
    statements = [s for _, _, data in found for s in data.statements]
    joint = _correlations(measurements, places, statements, report)
    made = tuple(
        Result(name, tuple(data.quantities), types, (*data.setting.joint, *joint.get(str(index), ())))
        for index, (name, types, data) in enumerate(found)
    )
    return made, tuple(statements)


def _correlations(
    measurements: list[Element], places: dict[str, str], statements: list[Statement], report: Report
) -> dict[str, list[tuple[str, str, float]]]:
    """Metadata of whole measurement results: stated correlations by the result of their first place, the rest as
    statements."""
    joint: dict[str, list[tuple[str, str, float]]] = {}
    for outer in measurements:
        listed = first_child(outer, _META_LIST)
        if listed is None:
            continue
        for element, said in zip(listed.iterchildren(_META), metadata(listed, "", report), strict=True):
            if "suyuan_correlation" not in said.ref_types:
                statements.append(said)
                continue
            named = [places.get(identifier) for identifier in (element.get("refId") or "").split()]
            r = float(said.quantities[0].value[0]) if said.quantities else math.nan
            if len(named) == 2 and named[0] and named[1] and -1.0 <= r <= 1.0:
                joint.setdefault(named[0].partition("/")[0], []).append((named[0], named[1], r))
            else:
                report(finding("certificate.dcc.correlation", place(element), rule=RULE))
    return joint
