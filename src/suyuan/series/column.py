"""A column as a number: arithmetic and ufuncs build a graph of operations, which becomes steps of a query.

Whatever runs on arrays (a formula, a recorded program, the partial derivatives of the table) runs on columns
unchanged. Equal operations on equal operands are one node, and a node that is used twice becomes a column of its own:
printed as a tree, an expression would repeat a value for every tangent that it occurs in.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from suyuan.quantity.derivative import NAN, operation
from suyuan.quantity.finding import Refused, finding

DEEPEST = 12
"""Operations nested in one expression; what is deeper gets a column, since printers of SQL are recursive."""

_OPERATORS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv, "pow": operator.pow,
    "neg": operator.neg, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "eq": operator.eq, "ne": operator.ne, "and": operator.and_,
}  # fmt: skip
_CONDITIONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "and"})
_RAISES = frozenset({"sqrt", "log", "log10", "asin", "acos"})
"""Methods that engines refuse outside their domain; each stands in a condition and is never computed on its own."""


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

    def node(self, word: str, *inputs: Any) -> Any:
        """One operator or method on columns and numbers; small constant powers as products, since a general power
        costs a logarithm and an exponential a row."""
        if word == "pow" and not isinstance(inputs[1], Column):
            base, exponent = inputs[0], float(inputs[1])
            if exponent in (1.0, 2.0, 3.0):
                return base if exponent == 1.0 else base * base if exponent == 2.0 else base * base * base
            if exponent == -1.0:
                return 1.0 / base
        return self._column(Node(word, tuple(map(_operand, inputs))))

    def _column(self, node: Node) -> Column:
        index = self._known.setdefault(node, len(self.nodes))
        if index == len(self.nodes):
            self.nodes.append(node)
        return Column(self, index)

    def table(self, table: Any, wanted: Mapping[str, Any], keys: Iterable[str] = (), careful: bool = False) -> Any:
        """The table with the keys and the wanted columns (name → column or number), computed in nested steps.

        table: an Ibis table that holds the sources. careful: an operation is done only on finite operands, so that the
        first one that fails can be found and no engine raises.
        """
        import ibis

        bound, levels = self._bound(self._uses(wanted), careful)
        names: dict[int, str] = {}
        for level in range(max((levels[i] for i in bound), default=-1) + 1):
            fresh = [i for i in bound if levels[i] == level]
            table = table.mutate(**{f"_{i}": self._build(i, table, names, careful) for i in fresh})
            names |= {i: f"_{i}" for i in fresh}
        columns = {
            name: self._build(x.index, table, names, careful) if isinstance(x, Column) else ibis.literal(float(x))
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
            often = careful or uses[index] > 1 or depth[index] >= DEEPEST
            if often and node.word != "source" and node.word not in _RAISES:
                bound[index] = None
        return list(bound), level

    def _build(self, index: int, table: Any, names: Mapping[int, str], careful: bool) -> Any:
        """The Ibis expression of a node, from the columns that the table has."""
        import ibis

        node = self.nodes[index]
        if node.word == "source":
            return table[node.name]
        if index in names:
            return table[names[index]]
        operands = [self._build(int(x), table, names, careful) if is_node else x for is_node, x in node.operands]
        if node.word in _OPERATORS:
            value = _OPERATORS[node.word](*operands)
        else:
            first = operands[0] if node.operands[0][0] else ibis.literal(operands[0])
            value = getattr(first, node.word)(*operands[1:])
        if careful and node.word not in _CONDITIONS and node.word not in _RAISES and node.word != "ifelse":
            return all_finite([x for x, (known, _) in zip(operands, node.operands, strict=True) if known]).ifelse(
                value, NAN
            )
        return value


def all_finite(columns: Sequence[Any]) -> Any:
    """Whether all of some Ibis columns hold finite numbers."""
    import ibis

    result = ibis.literal(True)
    for column in columns:
        result = result & ~(column.isnan() | column.isinf())
    return result


def _operator(word: str, swapped: bool = False) -> Callable[..., Any]:
    def apply(self: Column, *other: Any) -> Any:
        return self.sheet.node(word, *((*other, self) if swapped else (self, *other)))

    return apply


class Column:
    """A column of a sheet: it takes the operators and the methods of an Ibis column, and the ufuncs of the table."""

    __slots__ = ("index", "sheet")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, sheet: Sheet, index: int) -> None:
        self.sheet, self.index = sheet, index

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
        return expression(ufunc)(*[x if isinstance(x, Column) else _number(x) for x in inputs])

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
}
"""What partial derivatives use beside the table."""


def _number(x: Any) -> float:
    if np.ndim(x) != 0:
        raise Refused(finding("series.operand.shape", shape=np.shape(x)))
    return float(x)


def _operand(x: Any) -> tuple[bool, float]:
    return (True, x.index) if isinstance(x, Column) else (False, _number(x))
