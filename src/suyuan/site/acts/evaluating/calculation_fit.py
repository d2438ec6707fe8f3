"""Forms of the fits: a straight line, a polynomial, any curve; data pasted as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from suyuan.quantity.finding import finding
from suyuan.site.acts.evaluating.calculation import Form, Reader, mapping, number_text, numbers, title_text
from suyuan.site.acts.evaluating.cells import lines_of
from suyuan.site.acts.evaluating.columns import columns_of, pasted, rows_of
from suyuan.site.acts.evaluating.numbers import number_of

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ordinary": ("x", "y"),
    "weighted": ("x", "y", "u_y"),
    "errors_in_both": ("x", "y", "u_x", "u_y"),
    "generalised": ("x", "y"),
}
"""Method → the columns in the order in which they are pasted without names above them, as in a case document;
«generalised» takes the covariance matrix of y too."""
NAMED = ("title", "x_unit", "y_unit")
SHARED = (*NAMED, "method", "data", "covariance")
DATA = frozenset(("x", "y", "u_y", "u_x"))
OWN = DATA | {*NAMED, "method", "covariance"}


def _named(reader: Reader) -> dict[str, Any]:
    return {name: text for name in NAMED if (text := reader.text(name))}


def _names(body: Mapping[str, Any]) -> dict[str, str]:
    return {"title": title_text(body.get("title"))} | {n: str(body.get(n) or "") for n in ("x_unit", "y_unit")}


def _place(parts: list[str]) -> str:
    return "data" if parts[0] in DATA else parts[0]


def _points(reader: Reader) -> dict[str, Any]:
    """Method, columns and, for `generalised`, the covariance matrix."""
    method = reader.text("method") or "ordinary"
    columns, found = columns_of(reader.fields.get("data", ""), COLUMNS.get(method, ("x", "y")), "data")
    reader.told(found)
    body: dict[str, Any] = {"method": method, **columns, **_named(reader)}
    if reader.text("covariance") and method in ("generalised", "errors_in_both"):
        rows, wrong = rows_of(reader.fields["covariance"], "covariance")
        reader.told(wrong)
        body["covariance"] = rows
    return body


def _from_points(body: Mapping[str, Any]) -> dict[str, str]:
    method = str(body.get("method") or "ordinary")
    length = max(len(numbers(body.get("x"))), 1)
    given = [_full(body.get(name), length) for name in COLUMNS.get(method, ("x", "y"))]
    matrix = [numbers(row) for row in numbers(body.get("covariance"))]
    return _names(body) | {
        "method": method,
        "data": _headed(COLUMNS.get(method, ("x", "y")), pasted(*given)),
        "covariance": "\n".join("\t".join(map(number_text, row)) for row in matrix),
    }


def _headed(names: Sequence[str], text: str) -> str:
    """Columns with their names above them, where there are so many that one is taken for another."""
    return "\t".join(names) + f"\n{text}" if len(names) > 3 and text else text


def _full(values: Any, length: int) -> list[Any]:
    """A column; one number stands for all its rows."""
    found = numbers(values)
    return found * length if len(found) == 1 and not isinstance(values, list) else found


# ---------------------------------------------------------------- line


def _line(reader: Reader) -> dict[str, Any]:
    body = _points(reader)
    if reader.text("x_origin"):
        body["x_origin"] = reader.number("x_origin")
    predict = _used(reader, "predict", ("x", "u_x"), 1)
    inverse = _used(reader, "inverse", ("y", "u_y"), 2)
    if reader.text("inverse_readings"):
        rows, wrong = rows_of(reader.fields["inverse_readings"], "inverse_readings", single=True)
        reader.told(wrong)
        inverse += [{"y": row} for row in rows]
    return body | ({"predict": predict} if predict else {}) | ({"inverse": inverse} if inverse else {})


def _used(reader: Reader, name: str, columns: tuple[str, ...], needed: int) -> list[dict[str, Any]]:
    """Rows in which the line is used."""
    if not reader.text(name):
        return []
    found, wrong = columns_of(reader.fields[name], columns, name, needed)
    reader.told(wrong)
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def _from_line(body: Mapping[str, Any]) -> dict[str, str]:
    predict, inverse = ([mapping(row) for row in numbers(body.get(name))] for name in ("predict", "inverse"))
    alone = [row for row in inverse if not isinstance(row.get("y"), list)]
    repeated = [row for row in inverse if isinstance(row.get("y"), list)]
    with_u = ("u_x",) if any("u_x" in row for row in predict) else ()
    return _from_points(body) | {
        "x_origin": number_text(body.get("x_origin")),
        "predict": "\n".join("\t".join(number_text(row.get(c, 0)) for c in ("x", *with_u)) for row in predict),
        "inverse": "\n".join("\t".join(number_text(row.get(c)) for c in ("y", "u_y")) for row in alone),
        "inverse_readings": "\n".join("\t".join(map(number_text, row["y"])) for row in repeated),
    }


# ---------------------------------------------------------------- polynomial


def _polynomial(reader: Reader) -> dict[str, Any]:
    origin = {"x_origin": reader.number("x_origin")} if reader.text("x_origin") else {}
    return _points(reader) | {"degree": reader.whole("degree")} | origin


def _from_polynomial(body: Mapping[str, Any]) -> dict[str, str]:
    return _from_points(body) | {n: number_text(body.get(n)) for n in ("degree", "x_origin")}


# ---------------------------------------------------------------- any curve


def _curve(reader: Reader) -> dict[str, Any]:
    names, starts = _starts(reader)
    model = " ".join(reader.fields.get("model", "").split("\n")).strip()
    if not model:
        reader.findings.append(finding("site.calculate.empty", "model"))
    return {"model": model, "parameters": names, "start": starts, **_points(reader)}


def _starts(reader: Reader) -> tuple[list[str], list[list[float]]]:
    """Names and start vectors from lines «name value value …»."""
    names: list[str] = []
    rows: list[list[float]] = []
    lines, doubts = lines_of(reader.fields.get("starts", "").replace("=", " "), "starts")
    reader.told(doubts)
    if doubts:
        return [], []
    for cells in (_words(line.cells) for line in lines):
        values = [number_of(cell) for cell in cells[1:]]
        if not cells[0].isidentifier() or not values or None in values:
            reader.findings.append(finding("site.calculate.parameter", "starts", line=" ".join(cells)[:60]))
            return [], []
        names.append(cells[0])
        rows.append([value for value in values if value is not None])
    if not names:
        reader.findings.append(finding("site.calculate.empty", "starts"))
    if len({len(row) for row in rows}) > 1:
        counts = ", ".join(f"{name} {len(row)}" for name, row in zip(names, rows, strict=True))
        reader.findings.append(finding("site.calculate.starts", "starts", counts=counts))
        return names, []
    return names, [list(column) for column in zip(*rows, strict=True)]


def _words(cells: Sequence[str]) -> list[str]:
    """The name and its values, however they are parted."""
    return " ".join(cells).split()


def _from_curve(body: Mapping[str, Any]) -> dict[str, str]:
    names, starts = numbers(body.get("parameters")), [numbers(row) for row in numbers(body.get("start"))]
    lines = [
        "\t".join([str(name), *(number_text(row[n]) for row in starts if n < len(row))]) for n, name in enumerate(names)
    ]
    return _from_points(body) | {"model": str(body.get("model") or ""), "starts": "\n".join(lines)}


def _curve_place(parts: list[str]) -> str:
    if parts[0] in ("parameters", "start"):
        return "starts"
    return "model" if parts[0].startswith("model") else _place(parts)


BLANK = {"method": "ordinary"}
FORMS = (
    Form(
        "line_fit", (*SHARED, "x_origin", "predict", "inverse", "inverse_readings"),
        OWN | {"x_origin", "predict", "inverse"}, _line, _from_line, _place, BLANK,
    ),
    Form(
        "polynomial_fit", (*SHARED, "degree", "x_origin"), OWN | {"degree", "x_origin"}, _polynomial, _from_polynomial,
        _place, BLANK | {"degree": "2"},
    ),
    Form(
        "curve_fit", (*SHARED, "model", "starts"), OWN | {"model", "parameters", "start"}, _curve, _from_curve,
        _curve_place, BLANK,
    ),
)  # fmt: skip
