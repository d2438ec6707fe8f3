"""How the data of each study lie in a table: its columns, how rows become the `input` of a case, and its options.

`tabled` reads a table by these rows and writes a case back as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Shape = Literal["columns", "groups", "open"]
Sort = Literal["number", "whole", "numbers", "one_of", "texts", "text"]


@dataclass(frozen=True, slots=True)
class Column:
    """name: as a table bears it; field: of the case; words: cells may be words; also: other names that people use."""

    name: str
    field: str
    words: bool = False
    needed: bool = True
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """What stands beside the table. path: its place in the `input`; choices: of a `one_of`, the first one counts where
    nothing is said."""

    name: str
    path: tuple[str, ...]
    sort: Sort = "number"
    choices: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """shape: «columns», a list a column; «groups», the last column in nested lists by the others; «open», further
    columns belong to `rest`. blank: an empty cell is refused, skipped, or kept as missing."""

    columns: tuple[Column, ...]
    options: tuple[Option, ...] = ()
    shape: Shape = "columns"
    blank: Literal["refused", "skipped", "missing"] = "refused"
    rest: str = ""

    def option(self, name: str) -> Option | None:
        return next((o for o in self.options if o.name == name), None)


def _number(name: str, *path: str, needed: bool = False) -> Option:
    return Option(name, path or (name,), needed=needed)


def _reference(name: str, field: str = "", needed: bool = False) -> tuple[Option, ...]:
    """A reference value with the U and k of its certificate."""
    at = field or name
    first = Option(name, (at, "value"), needed=needed)
    return first, Option(f"{name}_U", (at, "U")), Option(f"{name}_k", (at, "k"))


def _axes(before: str, *also: str, needed: bool = True) -> tuple[Column, ...]:
    """The coordinates of a point, a column an axis."""
    return tuple(Column(f"{before}{a}", f"{before}{a}", needed=needed, also=tuple(f"{word}{a}" for word in also))
                 for a in "xyz")  # fmt: skip


def _certificate(field: str, before: str) -> tuple[Option, ...]:
    """Scale factor and zero offset of a total station, each with U and k."""
    return tuple(
        Option(f"{before}{name}{'' if part == 'value' else f'_{part}'}", (field, name, part))
        for name in ("scale", "offset") for part in ("value", "U", "k")
    )  # fmt: skip


UNIT = Option("unit", ("unit",), "text")
VALUE = ("值", "读数", "测得值", "reading", "y", "x", "measurement", "测量值")
TIME = Column("time", "time", also=("t", "时间", "日期", "day", "天"))
OPERATOR = Column("operator", "operators", True, also=("操作者", "操作员", "评价人", "appraiser", "检验员"))
PART = Column("part", "parts", True, also=("零件", "部件", "样品", "item", "sample", "件号"))
TRIAL = Column("trial", "", True, False, ("次", "试验", "重复", "repeat", "replicate"))
RULES = Option("rules", ("rules",), "one_of", ("western_electric", "nelson"))
CHARTS = ("individuals", "xbar_r", "xbar_s", "ewma", "cusum", "c", "u", "p", "np", "t2", "t2_subgroups")
BY_SUBGROUP = ("xbar_r", "xbar_s", "t2_subgroups")


OF_CHART: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("individuals", "xbar_r", "xbar_s", "c"), ("rules", "limit_factor", "unit")),
    **dict.fromkeys(("u", "p", "np"), ("sample_size", "rules", "limit_factor")),
    "ewma": ("target", "s", "lambda", "limit_factor", "unit"),
    "cusum": ("target", "k", "h", "unit"),
    **dict.fromkeys(("t2", "t2_subgroups"), ("alpha",)),
}
"""Chart → the options that it takes, besides `chart`."""


def _value(field: str = "values") -> Column:
    return Column("value", field, also=VALUE)


LAYOUTS: Mapping[str, Layout] = {
    "gauge_rr": Layout(
        (OPERATOR, PART, TRIAL, _value("readings")),
        (Option("design", ("design",), "one_of", ("crossed", "nested")), _number("tolerance"),
         Option("sigma_multiples", ("sigma_multiples",), "numbers"), _number("alpha"), UNIT),
        "groups",
    ),
    "bias_study": Layout((_value(),), (*_reference("reference", needed=True), UNIT)),
    "linearity": Layout(
        (Column("reference", "reference", also=("参考值", "标准值")), _value("readings")),
        (_number("u_reference"), UNIT), "groups",
    ),
    "type_1": Layout(
        (_value(), Column("count", "counts", False, False, ("次数", "频数"))),
        (*_reference("reference", needed=True), _number("tolerance", needed=True), _number("resolution"), UNIT),
    ),
    "attribute_agreement": Layout(
        (Column("appraiser", "appraisers", True, also=("操作者", "评价人", "operator", "检验员")), PART, TRIAL,
         Column("decision", "decisions", True, also=("判定", "结果", "value", "result")),
         Column("reference", "reference", True, False, ("参考", "正确判定"))),
        (), "groups",
    ),
    "stability_study": Layout((TIME, _value("readings")), (*_reference("reference"), RULES, UNIT), "groups"),
    "control_chart": Layout(
        (_value(), Column("subgroup", "", True, False, ("子组", "组", "group")),
         Column("size", "sample_size", False, False, ("样本量", "n", "sample_size"))),
        (Option("chart", ("chart",), "one_of", CHARTS), RULES, _number("target"), _number("s"), _number("lambda"),
         _number("k"), _number("h"), _number("sample_size"), _number("limit_factor"), _number("alpha"), UNIT),
        "open", rest="values",
    ),
    "check_standard": Layout(
        (_value(), Column("s", "stds", False, False, ("标准差", "标准偏差", "std")),
         Column("dof", "dofs", False, False, ("自由度",)), Column("time", "time", False, False, TIME.also)),
        (_number("baseline_before"), *_reference("certified"), _number("limit_factor"), _number("ewma_lambda"), UNIT),
    ),
    "calibration_curve": Layout(
        (Column("x", "x"), Column("y", "y")),
        (Option("degree", ("degree",), "whole", needed=True), Option("x_unit", ("x_unit",), "text"),
         Option("y_unit", ("y_unit",), "text")),
    ),
    "gauge_bias": Layout(
        (Column("artefact", "", True, also=("样品", "标准件", "part")),
         Column("gauge", "gauge", True, also=("量具", "仪器", "instrument")), _value("artefacts")),
        (UNIT,), "groups",
    ),
    "nested": Layout(
        (Column("run", "run", True, also=("批次", "轮次")), Column("artefact", "artefact", True, also=("样品", "part")),
         _value(), Column("s", "stds", also=("标准差", "标准偏差", "std"))),
        (UNIT,),
    ),
    "capability_with_uncertainty": Layout(
        (Column("Q_MP", "Q_MP", also=("QMP", "Q")), Column("Cp", "Cp_observed", also=("Cp_observed", "观测Cp"))),
        (), blank="skipped",
    ),
    "declared_statistics": Layout(
        (_value(),),
        (_number("lower"), _number("upper"), _number("u"), _number("Cp", "declared", "Cp"),
         _number("Cpk", "declared", "Cpk"), Option("subgroup_size", ("subgroup_size",), "whole"), UNIT),
    ),
    "interval_attributes": Layout(
        (TIME, Column("n", "n", also=("台数", "总数")),
         Column("in_tolerance", "in_tolerance", also=("合格", "合格数"))),
        (_number("target", needed=True), _number("confidence"), Option("time_unit", ("time_unit",), "text")),
    ),
    "interval_variables": Layout(
        (TIME, Column("drift", "drift", also=("漂移", "变化", "value"))),
        (Option("degree", ("degree",), "whole", needed=True), _number("u0", needed=True),
         _number("u_target", needed=True), UNIT, Option("time_unit", ("time_unit",), "text")),
    ),
    "energy_balance": Layout(
        (Column("master", "master", also=("总表", "总电量", "total")),),
        (_number("k", "flag", "k"), _number("limit_percent", "flag", "limit_percent"),
         *_reference("master_error", "master_error_percent"), UNIT),
        "open", rest="meters",
    ),
    "colocation": Layout(
        (Column("date", "date", True, also=("日期", "Date")), Column("time", "time", True, False, ("时间", "Time")),
         Column("reference", "reference", also=("参考", "参考值")),
         Column("sensor", "sensor", also=("传感器", "示值"))),
        (Option("fit_months", ("fit_months",), "texts"), Option("bias_months", ("bias_months",), "texts"),
         _number("missing"), UNIT),
        blank="missing",
    ),
    "survey_points": Layout(
        (Column("point", "points", True, also=("点", "点名", "点号", "测点", "name")), *_axes("", ""),
         *_axes("design_", "设计", "设计 "), *_axes("u_", "", needed=False)),
        (Option("tolerance", ("tolerance",), "numbers", needed=True), Option("datum", ("datum",), "text", needed=True),
         Option("design_datum", ("design_datum",), "text", needed=True), Option("u", ("u",), "numbers"),
         Option("align", ("align",), "texts"), Option("station", ("station",), "numbers"),
         *_certificate("certificate", ""), *_certificate("replaced_by", "replaced_"), _number("k"),
         _number("guard_factor"), UNIT),
    ),
}  # fmt: skip
"""Kind → how its data lie in a table."""
