"""A column as a number: arithmetic and ufuncs build a graph of operations, which becomes steps of a query.

Whatever runs on arrays (a formula, a recorded program, the partial derivatives of the table) runs on columns
unchanged. Equal operations on equal operands are one node, and a node that is used twice becomes a column of its own:
printed as a tree, an expression would repeat a value for every tangent that it occurs in.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from suyuan.quantity.derivative import operation
from suyuan.quantity.finding import Refused, finding

DEEPEST = 12
"""Operations nested in one expression; what is deeper gets a column, since printers of SQL are recursive."""

_OPERATORS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv, "pow": operator.pow,
    "neg": operator.neg, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "eq": operator.eq, "ne": operator.ne, "and": operator.and_,
}  # fmt: skip
_CONDITIONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "and"})
_DOMAIN: Mapping[str, Callable[[Any], Any]] = {
    "sqrt": lambda x: x >= 0.0, "log": lambda x: x > 0.0, "log10": lambda x: x > 0.0,
    "asin": lambda x: x.abs() <= 1.0, "acos": lambda x: x.abs() <= 1.0,
}  # fmt: skip
"""Where methods have a value; engines raise or answer NULL elsewhere."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operator or method of Ibis columns on earlier nodes and numbers, or («source») a column of the table.

    operands: (True, index of a node) or (False, number).
    """

    word: str
    operands: tuple[tuple[bool, float], ...] = ()
    name: str = ""

    @property
    def nodes(self) -> list[int]:
        """The operands that are nodes."""
        return [int(x) for is_node, x in self.operands if is_node]


class Sheet:
    """The graph of one query: nodes in the order in which they were made, each after its operands."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[Node, int] = {}

    def source(self, name: str) -> Column:
        """A column of the table."""
        return self._column(Node("source", (), name))

    def node(self, word: str, *inputs: Any) -> Column:
        """One operator or method on columns and numbers."""
        rule = _RULES.get(word)
        return rule(self, *inputs) if rule else self.plain(word, *inputs)

    def plain(self, word: str, *inputs: Any) -> Column:
        """The same without any rule."""
        return self._column(Node(word, tuple(map(_operand, inputs))))

    def _column(self, node: Node) -> Column:
        index = self._known.setdefault(node, len(self.nodes))
        if index == len(self.nodes):
            self.nodes.append(node)
        return Column(self, index)

    def operand(self, given: tuple[bool, float]) -> Any:
        """An operand of a node as a column or a number."""
        is_node, x = given
        return Column(self, int(x)) if is_node else x

    def reciprocal(self, x: Any) -> Column | None:
        """b where x is 1/b."""
        node = self.nodes[x.index] if isinstance(x, Column) else Node("")
        if node.word == "truediv" and node.operands[0] == (False, 1.0):
            return Column(self, node.nodes[0])
        return None

    def table(self, table: Any, wanted: Mapping[str, Any], keys: Sequence[str] = (), careful: bool = False) -> Any:
        """The table with the keys and the wanted columns (name → column or number), computed in nested steps.

        table: an Ibis table that holds the sources. careful: an operation is done only on finite operands, so that the
        first one that fails can be found and no engine raises.
        """
        import ibis

        uses = self._uses(wanted)
        bound, levels = self._bound(uses, careful)
        given = {i: self.nodes[i].name for i in uses if self.nodes[i].word == "source"}
        names = {i: number_of(name, keys) for i, name in given.items()}
        mark = "_"
        while any(name.startswith(mark) for name in (*keys, *given.values())):
            mark += "_"
        for level in range(max((levels[i] for i in bound), default=-1) + 1):
            fresh = [i for i in bound if levels[i] == level]
            table = table.mutate(**{f"{mark}{i}": self._build(i, table, names, careful) for i in fresh})
            names |= {i: f"{mark}{i}" for i in fresh}
        columns = {
            name: _scaled(self._build(x.index, table, names, careful), x.scale)
            if isinstance(x, Column)
            else ibis.literal(float(x))
            for name, x in wanted.items()
        }
        return table.select(*keys, **columns)

    def _uses(self, wanted: Mapping[str, Any]) -> dict[int, int]:
        """Nodes that are needed, and how often each is named."""
        uses: dict[int, int] = {}
        for x in wanted.values():
            if isinstance(x, Column):
                uses[x.index] = uses.get(x.index, 0) + 1
        for index in range(max(uses, default=-1), -1, -1):
            if index in uses:
                for j in self.nodes[index].nodes:
                    uses[j] = uses.get(j, 0) + 1
        return uses

    def _bound(self, uses: Mapping[int, int], careful: bool) -> tuple[list[int], dict[int, int]]:
        """Nodes that become columns, in order, and the step in which each can be made."""
        bound: dict[int, None] = {}
        depth: dict[int, int] = {}
        level: dict[int, int] = {}
        for index in sorted(uses):
            node = self.nodes[index]
            depth[index] = 1 + max((0 if j in bound else depth[j] for j in node.nodes), default=-1)
            level[index] = max((level[j] + (j in bound) for j in node.nodes), default=0)
            if node.word != "source" and (careful or uses[index] > 1 or depth[index] >= DEEPEST):
                bound[index] = None
        return list(bound), level

    def _build(self, index: int, table: Any, names: Mapping[int, str], careful: bool) -> Any:
        """The Ibis expression of a node, from the columns that the table has."""
        import ibis

        node = self.nodes[index]
        if index in names:
            return table[names[index]]
        if node.word == "number":
            return ibis.literal(node.operands[0][1])
        operands = [self._build(int(x), table, names, careful) if is_node else x for is_node, x in node.operands]
        if node.word in _OPERATORS:
            value = _OPERATORS[node.word](*operands)
        else:
            value = getattr(operands[0], node.word)(*operands[1:])
        if not careful or node.word in _CONDITIONS or node.word == "ifelse":
            return value
        possible = all_finite([x for x, (is_node, _) in zip(operands, node.operands, strict=True) if is_node])
        if node.word in _DOMAIN:
            possible = possible & _DOMAIN[node.word](operands[0])
        return possible.ifelse(value, float("nan"))


def number_of(name: str, keys: Sequence[str]) -> str:
    """The name of a column as a number, where the column is passed on as it is too."""
    return f"{name} (number)" if name in keys else name


def all_finite(columns: Sequence[Any]) -> Any:
    """Whether all of some Ibis columns hold finite numbers; an empty cell is none."""
    import ibis

    result = ibis.literal(True)
    for column in columns:
        result = result & ~(column.isnull() | column.isnan() | column.isinf())
    return result


def _operator(word: str, swapped: bool = False) -> Callable[..., Any]:
    def apply(self: Column, *other: Any) -> Any:
        return self.sheet.node(word, *((*other, self) if swapped else (self, *other)))

    return apply


class Column:
    """A number times a node of a sheet. It takes the operators and methods of an Ibis column, and the ufuncs of the
    table."""

    __slots__ = ("index", "scale", "sheet")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, sheet: Sheet, index: int, scale: float = 1.0) -> None:
        self.sheet, self.index, self.scale = sheet, index, scale

    @property
    def core(self) -> Column:
        """The node without its number."""
        return self if self.scale == 1.0 else Column(self.sheet, self.index)

    def times(self, factor: float) -> Any:
        """The column times a number, which stays apart where that is the same."""
        scale = self.scale * factor
        if scale == 0.0 or not math.isfinite(scale):
            return self.sheet.plain("mul", self, factor)
        return Column(self.sheet, self.index, scale)

    __add__, __sub__, __mul__, __truediv__, __pow__ = map(_operator, ("add", "sub", "mul", "truediv", "pow"))
    __radd__, __rsub__, __rmul__ = (_operator(word, True) for word in ("add", "sub", "mul"))
    __rtruediv__, __rpow__ = (_operator(word, True) for word in ("truediv", "pow"))
    __lt__, __le__, __gt__, __ge__, __and__ = map(_operator, ("lt", "le", "gt", "ge", "and"))
    __neg__, __abs__ = map(_operator, ("neg", "abs"))
    __eq__ = _operator("eq")
    __ne__ = _operator("ne")
    abs, exp, log, log10, sqrt = map(_operator, ("abs", "exp", "log", "log10", "sqrt"))
    sin, cos, tan = map(_operator, ("sin", "cos", "tan"))
    asin, acos, atan, atan2, ifelse = map(_operator, ("asin", "acos", "atan", "atan2", "ifelse"))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            raise Refused(finding("quantity.operation.unlisted", operation=f"{ufunc.__name__}.{method}"))
        # Floats, not scalars of NumPy: those would come back here with every operator.
        given = [x if isinstance(x, Column) else _number(x) for x in inputs]
        if ufunc not in _ARITHMETIC:
            given = [x if isinstance(x, Column) else self.sheet.plain("number", x) for x in given]
        return expression(ufunc)(*given)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.any:
            return True  # some row may
        if function is np.where and len(args) == 3 and not kwargs:
            return args[0].ifelse(*args[1:])
        raise Refused(finding("quantity.operation.unlisted", operation=function.__name__))


def expression(ufunc: Any) -> Callable[..., Any]:
    """What an operation of the table is on columns. Raises Refused where it is nothing."""
    found = _MORE.get(ufunc) or operation(ufunc).column
    if found is None:
        raise Refused(finding("series.operation.none", operation=ufunc.__name__))
    return found


_MORE: Mapping[Any, Callable[..., Any]] = {
    np.sign: lambda x: (x > 0.0).ifelse(1.0, (x < 0.0).ifelse(-1.0, 0.0)),
    np.equal: lambda a, b: a == b,
    np.conjugate: lambda x: x,
}
"""What partial derivatives use beside the table."""

_ARITHMETIC = frozenset({np.add, np.subtract, np.multiply, np.true_divide, np.power, np.equal})
"""Operations that take a float beside a column; the others know only the methods of columns."""


def _number(x: Any) -> float:
    if np.ndim(x) != 0:
        raise Refused(finding("series.operand.shape", shape=np.shape(x)))
    return float(x)


def _operand(x: Any) -> tuple[bool, float]:
    if not isinstance(x, Column):
        return False, _number(x)
    return True, (x if x.scale == 1.0 else _whole(x)).index


def _whole(x: Column) -> Column:
    """A number times a node as one node; −(a + n) is −n − a, −(a − b) is b − a."""
    node = x.sheet.nodes[x.index]
    if x.scale == -1.0 and node.word in ("add", "sub"):
        first, second = map(x.sheet.operand, node.operands)
        if node.word == "sub":
            return x.sheet.plain("sub", second, first)
        if not isinstance(second, Column):
            return x.sheet.plain("sub", -second, first)
    return x.sheet.plain("mul", x.core, x.scale)


def _scaled(column: Any, scale: float) -> Any:
    return column if scale == 1.0 else column * scale


# ---------------------------------------------------------------- rules
# An operation costs about the same whatever it is, since each one walks through memory. So numbers are kept out of the
# rows as long as they can be, and what derivatives write as a product with a reciprocal is one division.


def _multiplied(sheet: Sheet, a: Any, b: Any) -> Any:
    if not isinstance(a, Column):
        return b.times(_number(a))
    if not isinstance(b, Column):
        return a.times(_number(b))
    x, y, scale = a.core, b.core, a.scale * b.scale
    if (divisor := sheet.reciprocal(y)) is not None:
        return sheet.node("truediv", x, divisor).times(scale)
    if (divisor := sheet.reciprocal(x)) is not None:
        return sheet.node("truediv", y, divisor).times(scale)
    first, second = (x, y) if x.index <= y.index else (y, x)
    return sheet.plain("mul", first, second).times(scale)


def _divided(sheet: Sheet, a: Any, b: Any) -> Any:
    if not isinstance(b, Column):
        number = _number(b)
        return a.times(1.0 / number) if number else sheet.plain("truediv", a, number)
    if not isinstance(a, Column):
        node = sheet.nodes[b.index]
        if node.word == "truediv" and all(is_node for is_node, _ in node.operands):
            over, under = node.nodes
            return sheet.plain("truediv", Column(sheet, under), Column(sheet, over)).times(_number(a) / b.scale)
        return sheet.plain("truediv", 1.0, b.core).times(_number(a) / b.scale)
    if (factor := sheet.reciprocal(b.core)) is not None:
        return sheet.node("mul", a, factor).times(1.0 / b.scale)
    return sheet.plain("truediv", a.core, b.core).times(a.scale / b.scale)


def _added(sheet: Sheet, a: Any, b: Any) -> Any:
    if not isinstance(a, Column):
        a, b = b, a
    if not isinstance(b, Column):
        return sheet.plain("add", a.core, -_number(b)).times(-1.0) if a.scale == -1.0 else sheet.plain("add", a, b)
    joined = _joined(sheet, a, b)
    if joined is not None:
        return joined
    if abs(a.scale) == abs(b.scale) or (a.scale != 1.0 and b.scale != 1.0):
        first, ratio = a, b.scale / a.scale
        if ratio in (1.0, -1.0):
            return sheet.plain("add" if ratio == 1.0 else "sub", a.core, b.core).times(first.scale)
        if ratio != 0.0 and math.isfinite(ratio):
            return sheet.plain("add", a.core, Column(sheet, b.index, ratio)).times(first.scale)
    return sheet.plain("add", a, b)


def _joined(sheet: Sheet, a: Column, b: Column) -> Any:
    """a/c + b/c = (a + b)/c and a·c + b·c = (a + b)·c; None where the terms have nothing in common."""
    x, y = sheet.nodes[a.index], sheet.nodes[b.index]
    if x.word == y.word == "truediv" and x.operands[1] == y.operands[1] and x.operands[1][0]:
        over = [sheet.operand(node.operands[0]) for node in (x, y)]
        return _sum_of(a, b, *over) / Column(sheet, x.nodes[-1])
    mine, yours = (node.nodes if node.word == "mul" else [] for node in (x, y))
    for common in (*mine, a.index):
        if common in (*yours, b.index):
            rest = [_rest(sheet, term.index, common) for term in (a, b)]
            return _sum_of(a, b, *rest) * Column(sheet, common)
    return None


def _rest(sheet: Sheet, index: int, common: int) -> Any:
    """What a product is without one of its factors."""
    if index == common:
        return 1.0
    first, second = sheet.nodes[index].operands
    return sheet.operand(second if first == (True, common) else first)


def _sum_of(a: Column, b: Column, first: Any, second: Any) -> Any:
    """The numbers of two terms times what is left of them."""
    return first * a.scale + second * b.scale


def _subtracted(sheet: Sheet, a: Any, b: Any) -> Any:
    return _added(sheet, a, b.times(-1.0) if isinstance(b, Column) else -_number(b))


def _powered(sheet: Sheet, a: Any, b: Any) -> Any:
    """Small constant powers as products: a general power costs a logarithm and an exponential a row."""
    exponent = b if isinstance(b, Column) else _number(b)
    if exponent is b or exponent not in (1.0, 2.0, 3.0, -1.0):
        return sheet.plain("pow", a, b)
    return a if exponent == 1.0 else a * a if exponent == 2.0 else a * a * a if exponent == 3.0 else 1.0 / a


_RULES: Mapping[str, Callable[..., Any]] = {
    "add": _added, "sub": _subtracted, "mul": _multiplied, "truediv": _divided, "pow": _powered,
    "neg": lambda sheet, a: a.times(-1.0),
}  # fmt: skip
