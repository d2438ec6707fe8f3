"""Open data: indicators, capabilities, centres, needs and gaps as CSV and JSON with a data dictionary.

The same rows give the same bytes. What is confidential is masked before anything is written: of a confidential need
only its verdict and its kind go out. The licence is the owner's to choose; until it is chosen the files say so.
"""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO, StringIO
from typing import Any

from suyuan.capability.capability import Capability
from suyuan.capability.need import Need
from suyuan.centre.records import Centre
from suyuan.quantity.notation import decimal
from suyuan.report.papers.packed import FIRST
from suyuan.report.service.coverage_figures import Gap
from suyuan.report.service.drawn import pick
from suyuan.verbs.register.written import interval_text, uncertainty_text

LICENCE = {
    "zh": "（数据的所有者尚未选定许可；选定之前，只供查阅）",
    "en": "(the owner of the data has not chosen a licence yet; until then for reading only)",
}
Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Field:
    """One column. name; zh, en: what it is; unit: «» for none; source: where it comes from."""

    name: str
    zh: str
    en: str
    unit: str = ""
    source: str = "register"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table. name: of its files; fields; rows: a cell a field, None where nothing is stated."""

    name: str
    zh: str
    en: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator on a day. low, high: its interval with the unknown at its worst and best, equal where all is known;
    evidence: addresses."""

    id: str
    zh: str
    en: str
    low: float | None
    high: float | None
    unit: str
    centre: str = ""
    evidence: tuple[str, ...] = ()


# ---------------------------------------------------------------- tables


def indicators(rows: Iterable[Indicator]) -> Dataset:
    """Indicators with their interval and evidence."""
    fields = (
        Field("id", "指标编号", "id of the indicator"), Field("centre", "中心", "centre"),
        Field("name_zh", "名称", "name in Chinese"), Field("name_en", "英文名称", "name in English"),
        Field("low", "下限（未知按最不利计）", "lower end, the unknown at its worst", "see unit", "computed"),
        Field("high", "上限（未知按最有利计）", "upper end, the unknown at its best", "see unit", "computed"),
        Field("unit", "单位", "unit"), Field("evidence", "证据地址", "addresses of the evidence", "", "computed"),
    )  # fmt: skip
    lines = ((r.id, r.centre, r.zh, r.en, r.low, r.high, r.unit, " ".join(r.evidence)) for r in rows)
    return _dataset("indicators", "指标", "indicators", fields, lines)


def capabilities(rows: Iterable[Capability], states: Mapping[tuple[str, str], str] | None = None) -> Dataset:
    """Capabilities. states: key → what their evidence says on the day («complete», «broken», «unknown»), «» where
    nobody asked."""
    fields = (
        Field("laboratory", "实验室", "laboratory"), Field("id", "编号", "id"), Field("quantity", "量", "quantity"),
        Field("item", "被测对象", "item"), Field("analyte", "组分", "analyte"),
        Field("low", "下限", "lower end", "see unit"), Field("high", "上限", "upper end", "see unit"),
        Field("unit", "单位", "unit of the interval"), Field("interval", "测量区间", "interval as text"),
        Field("uncertainty", "扩展不确定度", "expanded uncertainty as text, with k"),
        Field("method", "方法", "method"), Field("region", "地区代码", "region code"),
        Field("valid_until", "有效止", "valid until", "ISO 8601"),
        Field("chain", "溯源链", "state of the chain on the day", "", "computed from certificates"),
        Field("source", "来源", "source"), Field("demo", "演示数据", "demo data (1: invented)"),
    )  # fmt: skip
    known = states or {}
    lines = (
        (c.key[0], c.id, c.quantity, c.item, c.analyte, c.interval.low, c.interval.high, c.interval.unit.symbol,
         interval_text(c.interval), _U(c), c.method, c.region,
         c.valid_until.isoformat() if c.valid_until else None, known.get(c.key, ""), c.source,
         int(c.demo))
        for c in rows
    )  # fmt: skip
    return _dataset("capabilities", "校准测量能力", "calibration and measurement capabilities", fields, lines)


def _U(c: Capability) -> str:
    return "" if c.uncertainty is None else uncertainty_text(c.uncertainty, c.interval.unit.symbol)


def centres(rows: Iterable[Centre], states: Mapping[str, str] | None = None) -> Dataset:
    """Centres. states: id → where each stands in its life cycle on the day."""
    fields = (
        Field("id", "编号", "id"), Field("name_zh", "名称", "name in Chinese"),
        Field("name_en", "英文名称", "name in English"), Field("scope", "类别", "kind of centre"),
        Field("grade", "级别", "grade"), Field("host", "依托单位", "host"),
        Field("industry", "产业", "industry"), Field("region", "地区代码", "region code"),
        Field("state", "状态", "state on the day", "", "computed from its events"), Field("source", "来源", "source"),
        Field("demo", "演示数据", "demo data (1: invented)"),
    )  # fmt: skip
    known = states or {}
    lines = (
        (c.id, pick(c.name, "zh"), c.name.get("en", ""), c.scope, c.grade, pick(c.host, "zh"), c.industry, c.region,
         known.get(c.id, ""), c.source, int(c.demo))
        for c in rows
    )  # fmt: skip
    return _dataset("centres", "中心", "centres", fields, lines)


def needs(rows: Iterable[tuple[Need, str]]) -> Dataset:
    """Needs with their verdicts; a confidential one shows verdict and quantity only. rows: (need, verdict)."""
    fields = (
        Field("id", "编号", "id, empty where confidential"), Field("quantity", "量", "quantity"),
        Field("interval", "测量区间", "interval as text"),
        Field("target", "目标不确定度", "target uncertainty as text"), Field("industry", "产业", "industry"),
        Field("region", "地区代码", "region code"),
        Field("firms", "企业数", "number of firms", "1"), Field("criticality", "关键程度", "criticality, 1 to 5", "1"),
        Field("verdict", "结论", "verdict", "", "computed"), Field("confidential", "保密", "confidential (1: masked)"),
        Field("demo", "演示数据", "demo data (1: invented)"),
    )  # fmt: skip
    return _dataset("needs", "需求", "needs", fields, (_need(need, verdict) for need, verdict in rows))


def _need(need: Need, verdict: str) -> tuple[Cell, ...]:
    if need.confidential:
        return (None, need.quantity, None, None, None, None, None, None, verdict, 1, int(need.demo))
    target = "" if need.target is None else uncertainty_text(need.target)
    return (need.id, need.quantity, interval_text(need.interval), target, need.industry, need.region, need.firms,
            need.criticality, verdict, 0, int(need.demo))  # fmt: skip


def gaps(rows: Iterable[Gap]) -> Dataset:
    """Gaps, the heaviest first; a confidential one without name and weight."""
    fields = (
        Field("id", "编号", "id, empty where confidential"), Field("title_zh", "缺口", "gap in Chinese"),
        Field("title_en", "英文", "gap in English"), Field("verdict", "结论", "verdict", "", "computed"),
        Field("firms", "企业数", "number of firms", "1", "computed"),
        Field("weight", "权重", "criticality × firms, × size where all sizes have one unit", "1", "computed"),
        Field("confidential", "保密", "confidential (1: masked)"),
    )  # fmt: skip
    order = sorted(rows, key=lambda g: (not g.shown, -g.weight if g.shown else 0.0, g.verdict, g.id))
    lines = (
        (g.id, pick(g.title, "zh"), g.title.get("en", ""), g.verdict, g.firms, g.weight, 0) if g.shown
        else (None, None, None, g.verdict, None, None, 1)
        for g in order
    )  # fmt: skip
    return _dataset("gaps", "缺口", "gaps", fields, lines)


def _dataset(name: str, zh: str, en: str, fields: tuple[Field, ...], rows: Iterable[Sequence[Cell]]) -> Dataset:
    made = Dataset(name, zh, en, fields, ())
    lines = tuple(tuple(None if cell == "" else cell for cell in row) for row in rows)
    if any(len(line) != len(fields) for line in lines):
        raise ValueError(f"{name}: a row has not as many cells as there are fields")
    return replace(made, rows=lines)


# ---------------------------------------------------------------- files


def open_data(
    datasets: Sequence[Dataset], day: date, publisher: Mapping[str, str], licence: Mapping[str, str] | None = None
) -> Mapping[str, bytes]:
    """The files by name: a CSV (UTF-8 with its mark, as spreadsheet programs want) and a JSON a dataset, the data
    dictionary, and a list with the SHA-256 of each.

    day: as of which; publisher: names; licence: chosen by the owner, else a sentence that says that none is.
    """
    found: dict[str, bytes] = {}
    for one in datasets:
        found[f"{one.name}.csv"] = _csv(one)
        found[f"{one.name}.json"] = _json([_row(one, row) for row in one.rows])
    found["dictionary.json"] = _json(dictionary(datasets, day, publisher, licence))
    found["dictionary.csv"] = _csv(_dictionary_table(datasets))
    listed = [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in sorted(found.items())]
    found["SHA256SUMS"] = ("\n".join(listed) + "\n").encode()
    return found


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files as one archive without a clock in it."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, FIRST), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def dictionary(
    datasets: Sequence[Dataset], day: date, publisher: Mapping[str, str], licence: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What every field is: name in both languages, unit, source; as of which day; under which licence."""
    return {
        "as_of": day.isoformat(), "publisher": dict(publisher), "licence": dict(licence or LICENCE),
        "licence_chosen": licence is not None, "empty_cell": "not stated; unknown is never written as zero",
        "csv": "UTF-8 with its mark; a text that begins with = + - @ bears an apostrophe before it",
        "datasets": [
            {"name": one.name, "title": {"zh": one.zh, "en": one.en}, "rows": len(one.rows),
             "fields": [{"name": f.name, "zh": f.zh, "en": f.en, "unit": f.unit, "source": f.source}
                        for f in one.fields]}
            for one in datasets
        ],
    }  # fmt: skip


def _dictionary_table(datasets: Sequence[Dataset]) -> Dataset:
    fields = tuple(Field(name, "", "") for name in ("dataset", "field", "zh", "en", "unit", "source"))
    rows = ((one.name, f.name, f.zh, f.en, f.unit, f.source) for one in datasets for f in one.fields)
    return _dataset("dictionary", "数据字典", "data dictionary", fields, rows)


def _row(one: Dataset, row: Sequence[Cell]) -> dict[str, Any]:
    return {field.name: _finite(cell) for field, cell in zip(one.fields, row, strict=True)}


def _finite(cell: Cell) -> Cell:
    """JSON has no infinity: an open end is written as text."""
    return str(cell) if isinstance(cell, float) and (cell != cell or cell in (float("inf"), float("-inf"))) else cell


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode("utf-8")


def _csv(one: Dataset) -> bytes:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(field.name for field in one.fields)
    writer.writerows([_cell(cell) for cell in row] for row in one.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _cell(cell: Cell) -> str:
    """Text that a spreadsheet program would take for a formula is marked as text; numbers keep their digits."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        exact = decimal(cell)
        return str(cell) if exact is None or exact.is_infinite() else f"{cell!r}".removesuffix(".0")
    text = str(cell)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not isinstance(cell, int) else text
