"""Answers of every kind of case on a terminal: facts, a table for what comes in rows, and one for a matrix.

A number is rounded by the uncertainty that stands beside it; a statistic has six digits, a probability four, and what
is unrounded stands in `--json`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from suyuan.cli.language import one_of, term
from suyuan.cli.output import Page, plain

if TYPE_CHECKING:
    from suyuan.quantity.montecarlo.validation import Validation
    from suyuan.verbs.evaluate import Evaluation

DIGITS, SHORT, FEW = 10, 6, 4
"""Significant digits of a number, of a statistic or one in a list, and of a probability."""
SPREAD = {
    "value": "u", "mean": "u_mean", "low": "u", "high": "u", "U": "u", "intercept": "u_intercept", "slope": "u_slope",
    "coefficients": "u", "parameters": "u", "x": "u_x", "y": "u_y",
}  # fmt: skip
"""Key → key of its standard uncertainty."""
UNCERTAINTIES = frozenset(SPREAD.values())
WHOLE = frozenset((*SPREAD, "acceptance", "guard_band"))
"""Keys of numbers that keep their digits where no uncertainty stands beside them."""
SHARES = ("p", "consumer", "producer")
"""What keys of probabilities begin with."""
LONG = 12
"""Longer lists are shown by their first and last values; `--json` has them whole."""
METHODS = ("first_order", "second_order", "monte_carlo")


def show(page: Page, document: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """An answer as facts and tables; names of keys in people's words where the table of terms has them."""
    page.title(kind_name(str(document["kind"])))
    told = plain(values)
    flat = [key for key, value in told.items() if not _rows(value) and not _square(value)]
    page.facts([row for key in flat for row in _facts(key, told)])
    for key, value in told.items():
        if _square(value):
            _matrix(page, _name(key), list(told.get("parameters", ())) or [f"c{i}" for i in range(len(value))], value)
            continue
        rows = _rows(value)
        if rows:
            page.title(_name(key))
            columns = list(dict.fromkeys(name for row in rows for name in row))
            page.table(
                [_name(c) for c in columns], [[_beside(c, row) for c in columns] for row in _shortened(rows)],
                [i for i, c in enumerate(columns) if all(_is_number(row.get(c)) for row in rows)],
            )  # fmt: skip


def kind_name(kind: str) -> str:
    """What people call a kind of case."""
    from suyuan.verbs.assurance.kinds import NAMES

    return one_of(NAMES[kind]) if kind in NAMES else term(f"kind.{kind}")


def correlations(page: Page, result: Evaluation) -> None:
    """How the results of one evaluation are correlated; nothing where there is one."""
    from suyuan.verbs.cases import first_order

    names = list(result.outputs)
    if len(names) > 1:
        r = first_order(result)["r"]
        _matrix(page, term("word.correlations"), names, [[r[a][b] for b in names] for a in names])


def _matrix(page: Page, title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    page.title(title)
    table = [[name, *(_cell(x, FEW) for x in row)] for name, row in zip(names, rows, strict=True)]
    page.table(["", *names], table, range(1, len(names) + 1))


def _square(value: Any) -> bool:
    """A square of numbers that is small enough for a screen."""
    return (
        isinstance(value, list) and 0 < len(value) <= LONG
        and all(isinstance(row, list) and len(row) == len(value) for row in value)
    )  # fmt: skip


def methods(page: Page, result: Evaluation, name: str) -> None:
    """First order, second order and Monte Carlo of one output side by side; nothing where only the first was wanted."""
    from suyuan.quantity.notation import number
    from suyuan.verbs.cases import beyond

    first, further = result.outputs[name].expanded, result.further
    rows: list[tuple[str, Any, Any, Any, Any, str]] = [
        (term("method.first_order"), first.value, first.u, first.low, first.high, f"k = {number(float(first.k), 4)}")
    ]
    if name in further.second_order:
        e = further.second_order[name]
        rows.append((term("method.second_order"), e.value, e.u, e.low, e.high, f"k = {number(float(e.k), 4)}"))
    if name in further.monte_carlo:
        s, trials = further.monte_carlo[name], further.monte_carlo[name].trials
        for interval, ends in (("symmetric", s.symmetric), ("shortest", s.shortest)):
            told = f"{term(f'interval.{interval}')}, {term('method.trials', trials=f'{trials:,}'.replace(',', ' '))}"
            inside = beyond(result.case, result.further)["monte_carlo"].get("p_conforming")
            inside = inside.get(name) if isinstance(inside, dict) else inside
            told += "" if inside is None else f", {term('method.conforming', p=number(100 * inside, 4))}"
            rows.append((term("method.monte_carlo"), s.mean, s.u, ends.low, ends.high, told))
    if len(rows) == 1 and name not in further.validation:
        return
    page.title(term("word.compared"))
    columns = [term(f"method.column.{c}") for c in ("method", "value", "u", "low", "high", "note")]
    table = [[m, *(_to_place(x, u) for x in (value, u, low, high)), note] for m, value, u, low, high, note in rows]
    page.table(columns, table, (1, 2, 3, 4))
    if name in further.validation:
        _validated(page, further.validation[name])


def _validated(page: Page, v: Validation) -> None:
    """Whether first and second order agree with Monte Carlo."""
    from suyuan.quantity.notation import number

    for order, found in (("first_order", v.first), ("second_order", v.second)):
        if found is not None:
            low, high, delta = (str(number(float(x), 2)) for x in (found.d_low, found.d_high, v.delta))
            verdict = term(f"validation.{'yes' if found.validated else 'no'}")
            method = term(f"method.{order}")
            page.text("  " + term("validation.row", order=method, verdict=verdict, low=low, high=high, delta=delta))


def _to_place(x: Any, u: Any) -> str:
    """A number to the place of the fourth digit of u: methods differ there."""
    from suyuan.quantity.notation import grouped, number

    x, u = float(x), float(u)
    digits = 4 if x == 0.0 or not u > 0.0 else 4 + math.floor(math.log10(abs(x))) - math.floor(math.log10(u))
    return grouped(number(x, min(max(digits, 1), 15)))


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """The rows of a table: a list of objects, or an object of objects by name."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return value
    if isinstance(value, dict) and value and all(isinstance(row, dict) for row in value.values()):
        return [{"name": name, **row} for name, row in value.items()]
    return []


def _facts(key: str, among: Mapping[str, Any]) -> Iterable[tuple[str, object]]:
    """The lines of a key: one, or one for each name in what stands there."""
    value, spread = among[key], among.get(SPREAD.get(key, ""))
    if not isinstance(value, dict):
        return [(_name(key), _beside(key, among))]
    if "value" in value and "u" in value:  # value, u and an interval, each rounded by u
        return [(f"{_name(key)} {_name(inner)}", _beside(inner, value)) for inner in value]
    named = key in ("acceptance", "guard_band")
    beside = spread if isinstance(spread, dict) else {}
    told: list[tuple[str, object]] = []
    for inner, x in value.items():
        name = f"{_name(key)} {_name(inner) if named else inner}"
        if isinstance(x, dict):  # one object more: its lines one by one
            told += [(f"{name} {deep}", _rounded(deep, y, None)) for deep, y in x.items()]
        else:
            told.append((name, _rounded(key, x, beside.get(inner))))
    return told


def _beside(key: str, among: Mapping[str, Any]) -> str:
    """What stands at a key, its numbers rounded by the uncertainties that stand beside it."""
    value, spread = among.get(key), among.get(SPREAD.get(key, ""))
    if isinstance(value, list) and isinstance(spread, list) and len(value) == len(spread) <= LONG:
        return "  ".join(_rounded(key, x, u) for x, u in zip(value, spread, strict=True))
    if isinstance(value, list) and key in UNCERTAINTIES and len(value) <= LONG:
        return "  ".join(_rounded(key, x, None) for x in value)
    if key == "method":
        return term(f"fit.{value}") if term(f"fit.{value}") != f"fit.{value}" else str(value)
    return _rounded(key, value, spread)


def _rounded(key: str, value: Any, u: Any) -> str:
    from suyuan.quantity.notation import grouped, notate, number, rounded_uncertainty

    if not isinstance(value, float):
        return _cell(value, SHORT)
    if isinstance(u, float) and u > 0.0:
        return grouped(notate(value, u).value_text)
    if key in UNCERTAINTIES and value > 0.0:
        return grouped(number(float(rounded_uncertainty(value)), 2))
    if key.startswith(SHARES) or key == "p":
        return grouped(number(value, FEW))
    return _cell(value, DIGITS if key in WHOLE else SHORT)


def _name(key: str) -> str:
    found = term(f"answer.{key}")
    return key if found == f"answer.{key}" else f"{found} ({key})" if len(key) > 2 and found != key else found


def _cell(value: Any, digits: int = DIGITS) -> str:
    from suyuan.quantity.notation import grouped, number

    if value is None:
        return ""
    if isinstance(value, bool):
        return term(f"word.{'yes' if value else 'no'}")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return grouped(number(value, digits))
    if isinstance(value, list):
        shown = [_cell(x, SHORT if len(value) > 3 else digits) for x in value]
        if len(value) > LONG:
            return "  ".join([*shown[:3], "…", *shown[-2:]]) + f"  ({len(value)})"
        return "  ".join(shown)
    if isinstance(value, dict):
        return "  ".join(f"{name} {_cell(x)}" for name, x in value.items())
    return str(value)


def _shortened(rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return rows if len(rows) <= 2 * LONG else [*rows[:LONG], {}, *rows[-LONG:]]


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
