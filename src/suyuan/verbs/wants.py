"""What a field of a case should hold, in both languages, and the finding where it is missing or holds something else.

A finding names the field, which element of its list, what is written there and what should be; a number that is written
as text gets the hint how to write it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from suyuan.quantity.finding import Finding, finding

WANTS: Mapping[str, tuple[str, str]] = {
    "number": ("一个数", "a number"),
    "number_between": ("{low} 与 {high} 之间的数（不含两端）", "a number between {low} and {high}"),
    "number_from": ("不小于 {low} 的数", "a number from {low}"),
    "number_from_to": ("{low} 到 {high} 的数", "a number from {low} to {high}"),
    "whole_from": ("不小于 {low} 的整数", "a whole number from {low}"),
    "whole_from_to": ("{low} 到 {high} 的整数", "a whole number from {low} to {high}"),
    "numbers": ("一列数，如 [1.02, 1.03]", "a list of numbers, such as [1.02, 1.03]"),
    "whole_numbers": ("一列整数，如 [1, 2, 3]", "a list of whole numbers, such as [1, 2, 3]"),
    "so_many_numbers": ("{count} 个数", "{count} numbers"),
    "one_each": ("{count} 个数，每组一个", "{count} numbers, one for each group"),
    "groups": ("至少 2 组", "2 groups or more"),
    "matrix": ("数的方阵 [[数, …], …]", "a square of numbers, [[number, …], …]"),
    "starts": ("一列初值，每个参数一个，如 [1, 0.5]；或几列这样的初值", "start values, one for each parameter, such as"
               " [1, 0.5]; or several such lists"),
    "names": ("名称的列表，如 [\"a\", \"b\"]", "a list of names, such as [\"a\", \"b\"]"),
    "other_names": ("各不相同的名称，且不是 x", "different names, none of them x"),
    "text": ("文字", "text"),
    "unit": ("单位，写成文字，如 \"mm\"", "a unit as text, such as \"mm\""),
    "truth": ("true 或 false", "true or false"),
    "date": ("日期，如 2026-03-01", "a date, such as 2026-03-01"),
    "hexadecimal": ("{count} 位十六进制数", "{count} hexadecimal digits"),
    "one_of": ("下列之一：{choices}", "one of: {choices}"),
    "some_of": ("下列中的一个或几个，写成列表：{choices}", "a list of one or more of: {choices}"),
    "object": ("一个对象 {{…}}", "an object {{…}}"),
    "inputs": ("输入量的列表 [{{name, distribution, parameters}}, …]",
               "a list of inputs, [{{name, distribution, parameters}}, …]"),
    "input": ("{{name, distribution, parameters}}，name 为文字",
              "{{name, distribution, parameters}} with name as text"),
    "distribution": ("{{distribution, parameters}}", "{{distribution, parameters}}"),
    "formula": ("一个表达式，或「输出量 → 表达式」", "one expression, or output → expression"),
    "expression": ("x 与各参数的表达式，写成文字", "an expression of x and the parameters, as text"),
    "definitions": ("「名称 → 表达式」", "name → expression"),
    "columns": ("「名称 → 一列数」", "name → list of numbers"),
    "correlations": ("列表 [[输入量, 另一输入量, r], …]", "a list [[input, other input, r], …]"),
    "correlation": ("[输入量, 另一输入量, r]，两个名称不同", "[input, other input, r] with two different names"),
    "correlation_input": ("[输入量, 另一输入量, r]；「{name}」不是本例的输入量",
                          "[input, other input, r]; “{name}” is no input of this case"),
    "correlation_r": ("[输入量, 另一输入量, r]，r 为 −1 到 1 的数", "[input, other input, r] with r from −1 to 1"),
    "together": ("列表 [[输入量, 另一输入量, …], …]", "a list [[input, other input, …], …]"),
    "observed": ("observations 输入量的名称", "names of inputs with distribution observations"),
    "observed_input": ("observations 输入量的名称；「{name}」不是", "names of inputs with distribution observations;"
                       " “{name}” is none"),
    "observed_once": ("每个输入量只在一组中出现一次", "each input once, in one group"),
    "by_output": ("一个值，或「输出量 → 值」（输出量：{outputs}）",
                  "one value, or output → value (outputs: {outputs})"),
    "limits": ("{{lower, upper}}，至少有其一", "{{lower, upper}}, one of them or both"),
    "limits_by_output": ("「输出量 → {{lower, upper}}」（输出量：{outputs}）",
                         "output → {{lower, upper}} (outputs: {outputs})"),
    "value_or_item": ("value，或 item 与 error，不能都有", "either value, or item and error"),
    "acceptance_or_risk": ("acceptance 与 target_consumer_risk 只留其一",
                           "either acceptance or target_consumer_risk"),
    "acceptance": ("接收限 {{lower, upper}}；也可以不给它，改给 target_consumer_risk",
                   "acceptance limits {{lower, upper}}; or, instead of them, target_consumer_risk"),
    "value_item": ("value；或 item、error 及 acceptance（或 target_consumer_risk）",
                   "value; or item, error and acceptance (or target_consumer_risk)"),
    "values_or_blocks": ("values 与 blocks 只给其一", "either values or blocks"),
    "block": ("{{values, times}}", "{{values, times}}"),
    "blocks": ("列表 [{{values, times}}, …]", "a list [{{values, times}}, …]"),
    "rows": ("列表 [{{{fields}}}, …]", "a list [{{{fields}}}, …]"),
    "positive": ("大于零的数", "a number above zero"),
    "numbers_from": ("至少 {least} 个数的列表", "a list of {least} numbers or more"),
    "value_or_values": ("value 与 values 只给其一", "either value or values"),
    "scores_of_rounds": ("各轮分数的列表，未参加的一轮写 null，至少一轮有分数，不多于 10000 轮",
                         "a list of scores, null where a round was not taken, one score or more, at most 10000 rounds"),
    "items": ("至少 2 个样品的平均值，或每个样品的重复值 [[数, …], …]",
              "means of 2 items or more, or the replicates of each, [[number, …], …]"),
    "standard": ("\"ISO 5725-2\" 或 \"ASTM E691\"", "\"ISO 5725-2\" or \"ASTM E691\""),
    "without_each": ("true，或 methods 中给出参考值的方法的列表", "true, or a list of methods of the case that give a"
                     " reference value"),
    "rows_from": ("至少 {least} 行的列表 [{{{fields}}}, …]", "a list of {least} rows or more, [{{{fields}}}, …]"),
    "rows_to": ("不多于 {most} 行", "{most} rows or fewer"),
    "row": ("一行 {{{fields}}}", "one row {{{fields}}}"),
    "assigned": ("指定值 {{value, U, k}}", "the assigned value {{value, U, k}}"),
    "laboratory": ("data 中的一个实验室名称", "the name of a laboratory in data"),
    "two_laboratories": ("data 中两个不同的实验室名称 [\"a\", \"b\"]",
                         "names of two different laboratories in data, [\"a\", \"b\"]"),
    "laboratories": ("data 中实验室名称的列表", "a list of names of laboratories in data"),
    "correlation_labs": ("{{a, b, r}}，两个实验室不同，r 为 −1 到 1 的数",
                         "{{a, b, r}} with two different laboratories and r from −1 to 1"),
    "pairs": ("列表 [[实验室, 另一实验室], …]", "a list [[laboratory, other laboratory], …]"),
    "moment": ("时刻，如 2025-07-05T12:00:00Z", "a moment, such as 2025-07-05T12:00:00Z"),
    "moments": ("时刻的列表，如 [\"2025-07-05T12:00:00Z\"]；compare 要两个",
                "a list of moments, such as [\"2025-07-05T12:00:00Z\"]; two of them for compare"),
    "reading_number": ("readings 中一个读数的 n", "the n of a reading in readings"),
    "reading_numbers": ("readings 中各不相同的 n 的列表，如 [4, 5]",
                        "a list of different n of readings, such as [4, 5]"),
    "row_fields": ("只有这些字段：{fields}", "no other fields than {fields}"),
}  # fmt: skip
"""Key → what is wanted, in Chinese and in English; {name} is a parameter."""
ABSENT = object()
LONGEST = 40
"""Characters of what is written in a case that a finding repeats."""


def wrong(where: str, want: str, given: Any = ABSENT, **parameters: object) -> Finding:
    """The finding of a field that holds something else. where: its JSON pointer; want: a key of WANTS with its
    parameters; given: what is written there."""
    field, zh, en = _named(where)
    told = {"position_zh": zh, "position_en": en, **_expected(want, parameters), **_hint(want, given)}
    return finding("case.field.wrong", where, "error", "", field=field, given=_shown(given), **told)


def missing(where: str, want: str, **parameters: object) -> Finding:
    """The finding of a field that is not there."""
    return finding("case.field.missing", where, "error", "", field=_named(where)[0], **_expected(want, parameters))


def absent_or_wrong(row: Mapping[str, Any], name: str, where: str, want: str, **parameters: object) -> Finding:
    """The finding of a field that is not there (or null), or holds something else. where: pointer of the row."""
    if row.get(name) is None:
        return missing(f"{where}/{name}", want, **parameters)
    return wrong(f"{where}/{name}", want, row[name], **parameters)


def called(findings: Iterable[Finding], name: str) -> list[Finding]:
    """Findings that speak of an input by its name, not by its place."""
    return [replace(f, parameters=tuple(sorted({**dict(f.parameters), "input": name}.items()))) for f in findings]


def _expected(want: str, parameters: Mapping[str, object]) -> dict[str, str]:
    zh, en = WANTS[want]
    return {"expected_zh": zh.format(**parameters), "expected_en": en.format(**parameters)}


def _named(where: str) -> tuple[str, str, str]:
    """The field that a pointer leads to, and which element of it, in both languages."""
    path = where.split("/")
    count = 0
    while count < len(path) - 1 and path[-1 - count].isdecimal():
        count += 1
    field, at = path[len(path) - count - 1], [int(i) + 1 for i in path[len(path) - count :]]
    if len(at) == 2:
        return field, f"第 {at[0]} 行第 {at[1]} 项", f"row {at[0]}, element {at[1]}"
    return (field, f"第 {at[0]} 项", f"element {at[0]}") if at else (field, "", "")


def _shown(given: Any) -> str:
    if given is ABSENT:
        return ""
    if isinstance(given, float) and not math.isfinite(given):
        return "NaN" if math.isnan(given) else "Infinity" if given > 0 else "-Infinity"
    text = json.dumps(given, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _hint(want: str, given: Any) -> dict[str, str]:
    """How to write a number that is written as text: no comma, no quotation marks."""
    if not isinstance(given, str) or not want.startswith(("number", "whole")) or want.endswith("s"):
        return {}
    text = given.strip().replace("−", "-").replace("，", ",")
    if re.fullmatch(r"[-+]?\d+,\d+(e[-+]?\d+)?", text, re.IGNORECASE):
        plain = text.replace(",", ".")
        return {"hint_zh": f"小数点用点，不用逗号，也不加引号：{plain}",
                "hint_en": f"the decimal sign is a point, and there are no quotation marks: {plain}"}  # fmt: skip
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", text, re.IGNORECASE):
        return {"hint_zh": f"数不加引号：{text}", "hint_en": f"a number stands without quotation marks: {text}"}
    return {}


class Reader:
    """Collects findings while the fields of a case are read."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def add(self, *found: Finding) -> None:
        self.findings.extend(found)

    def fail(self, code: str, where: str, **parameters: object) -> None:
        self.findings.append(finding(code, where, "error", "", **parameters))

    def warn(self, code: str, where: str, **parameters: object) -> None:
        self.findings.append(finding(code, where, "warning", "", **parameters))

    def wrong(self, where: str, want: str, given: Any = ABSENT, **parameters: object) -> None:
        self.findings.append(wrong(where, want, given, **parameters))

    def truth(self, value: Any, name: str) -> bool:
        """True or false; absent, false."""
        if value is not None and not isinstance(value, bool):
            self.wrong(f"/input/{name}", "truth", value)
        return value is True

    def whole(self, value: Any, where: str, low: int, high: int) -> int:
        """A whole number from low to high; 1e6 is one."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.wrong(where, "whole_from_to", value, low=low, high=high)
            return low
        return value
