"""Formula: a measurement model in text, read by a closed grammar and never executed as Python.

The text goes through Python's `ast` once; what is not on the list below is refused with its column. What remains is
a postfix program of numbers, names and calls from one table of functions. Everything that is done with a formula
(its value, its dimension, its weak points) is a fold over that program, so no user text ever reaches an interpreter.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.formula.text import MAX_DEPTH, at, clean, lexical, nearest, spelling

MAX_EXPONENT = 1_000.0  # of a constant exponent

OPERATORS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negative": operator.neg,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "expm1": np.expm1,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "hypot": np.hypot,
    "abs": np.absolute,
    "sum": np.sum,
    "mean": np.mean,
}
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "π": math.pi}
RESERVED = frozenset(FUNCTIONS) | frozenset(CONSTANTS)
_TWO = frozenset({"atan2", "hypot"})  # every other function takes one argument
_MEANT = {
    "ln": "log",
    "lg": "log10",
    "tg": "tan",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctg": "atan",
    "sqr": "sqrt",
    "fabs": "abs",
    "average": "mean",
    "avg": "mean",
    "pow": "**",
}
_ROUGH = frozenset({"min", "max", "round", "floor", "ceil", "int", "sign", "trunc"})
_BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}
_CHAINS = ({"add", "subtract"}, {"multiply", "divide"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, or a named constant; `start` and `end` bound it in the text."""

    value: float
    start: int
    end: int
    constant: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A quantity by its name."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """An operation (key of OPERATORS) or function (key of FUNCTIONS) on the `count` values before it."""

    function: str
    count: int
    start: int
    end: int


Step = Number | Name | Call


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula read from text; raises `Refused` with the findings if the text is not one.

    >>> f = Formula("ls + d - ls*(δα*θ + α_s*δθ)")
    >>> f.names
    ('ls', 'd', 'δα', 'θ', 'α_s', 'δθ')
    >>> float(Formula("1000*m*P/V").evaluate({"m": 100.28, "P": 0.9999, "V": 100}))
    1002.69972

    The value is that of EURACHEM/CITAC QUAM:2012 A1, printed 1002.7 mg/L.
    """

    text: str
    steps: tuple[Step, ...] = field(init=False, repr=False, compare=False)
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        steps, findings = _read(self.text, "formula")
        if findings:
            raise Refused(*findings)
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "names", tuple(dict.fromkeys(s.name for s in steps if isinstance(s, Name))))

    def fold(self, number: Callable[[Number], T], name: Callable[[Name], T], call: Callable[[Call, list[T]], T]) -> T:
        """Walk the program: one value a number and a name, one from the values before it a call."""
        stack: list[T] = []
        for step in self.steps:
            if isinstance(step, Number):
                stack.append(number(step))
            elif isinstance(step, Name):
                stack.append(name(step))
            else:
                arguments = stack[-step.count :]
                del stack[-step.count :]
                stack.append(call(step, arguments))
        return stack.pop()

    def slice(self, step: Step) -> str:
        """The piece of the text that a step stands for."""
        return self.text[step.start : step.end]

    def evaluate(self, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        """The formula at `values`: numbers, arrays, quantities, columns, whatever the operators accept.

        values: name → value; more names than needed may stand there.
        functions: replaces entries of OPERATORS and FUNCTIONS, by their keys.
        Not-a-number and infinity pass through silently as in arrays; `formula.check.check_at` explains them.
        Raises `Refused` for a name without value and for an operation that cannot be done.
        """
        known = _known(self.names, values)
        table = {**OPERATORS, **FUNCTIONS, **(functions or {})}

        def call(step: Call, arguments: list[Any]) -> Any:
            try:
                return table[step.function](*arguments)
            except (ArithmeticError, ValueError) as error:
                raise Refused(
                    finding("formula.value.failed", at("formula", step.start), part=self.slice(step), reason=error)
                ) from error

        with np.errstate(all="ignore"):
            return self.fold(lambda step: step.value, lambda step: _operand(known[step.name]), call)

    def __call__(self, /, *arguments: Any, **values: Any) -> Any:
        """Evaluate with values in the order of `names`, or by name."""
        return self.evaluate({**dict(zip(self.names, arguments, strict=False)), **values})


def parse(
    text: str, known: Iterable[str] | None = None, where: str = "formula"
) -> tuple[Formula | None, tuple[Finding, ...]]:
    """Read a formula; findings carry `where` and the column.

    known: names that may stand in it (a set: already in their one spelling); None = any.
    Returns the formula (None after an error) and the findings.

    >>> parse("R_S*(1 + α*Δt)", known=["R_s", "α", "Δt"])[1][0].parameters
    (('column', '1'), ('name', 'R_S'), ('nearest', 'R_s'))
    """
    steps, findings = _read(text, where)
    if findings:
        return None, findings
    if known is not None:
        names = known if isinstance(known, set) else {spelling(n) for n in known}
        missing = {s.name: s for s in reversed(steps) if isinstance(s, Name) and s.name not in names}
        if missing:
            return None, tuple(_unknown(s, names, where) for s in sorted(missing.values(), key=lambda s: s.start))
    return Formula(text), ()


def _unknown(step: Name, names: Iterable[str], where: str) -> Finding:
    place = at(where, step.start)
    return finding(
        "formula.name.unknown", place, name=step.name, nearest=nearest(step.name, names), column=step.start + 1
    )


def _known(names: tuple[str, ...], values: Mapping[str, Any]) -> Mapping[str, Any]:
    if all(name in values for name in names):
        return values
    spelled = {spelling(name): value for name, value in values.items()}
    missing = [name for name in names if name not in spelled]
    if missing:
        code = "formula.name.unknown"
        raise Refused(*(finding(code, "formula", name=n, nearest=nearest(n, spelled), column="—") for n in missing))
    return spelled


def _operand(value: Any) -> Any:
    """Plain numbers as float64, so that 1/0 and (−8)**0.5 follow IEEE 754 instead of raising or turning complex."""
    if isinstance(value, (int, float)):
        return np.float64(value)
    if isinstance(value, (list, tuple)):
        return np.asarray(value, np.float64)
    return value


def _read(text: str, where: str) -> tuple[tuple[Step, ...], tuple[Finding, ...]]:
    findings = lexical(text, where)
    if findings:
        return (), findings
    plain = clean(text)
    shift = len(plain) - len(plain.lstrip())
    body = plain.strip()
    try:
        root = ast.parse(body, mode="eval").body
    except (RecursionError, MemoryError):
        return (), (finding("formula.deep", where, column="—", limit=MAX_DEPTH),)
    except (SyntaxError, ValueError) as error:
        column = max(1, getattr(error, "offset", None) or 1) + shift
        piece = text[max(0, column - 1) : column + 11] or text[-8:]
        return (), (finding("formula.syntax", f"{where}:{column}", column=column, part=piece),)
    compiler = _Compiler(text, shift, _columns(body), where)
    compiler.walk(root)
    return tuple(compiler.steps), tuple(compiler.findings)


def _columns(text: str) -> list[int]:
    """Character index of each UTF-8 byte: `ast` counts bytes."""
    return [i for i, letter in enumerate(text) for _ in letter.encode("utf-8", "surrogatepass")] + [len(text)]


class _Compiler:
    """From `ast` nodes to steps, without recursion: depth and length are the user's, the stack is ours."""

    def __init__(self, text: str, shift: int, columns: list[int], where: str) -> None:
        self.text, self.shift, self.columns, self.where = text, shift, columns, where
        self.steps: list[Step] = []
        self.findings: list[Finding] = []
        self.constants: list[float | None] = []  # value of each open sub-expression that holds no name

    def walk(self, root: ast.expr) -> None:
        waiting: list[tuple[ast.expr, int, bool]] = [(root, 1, False)]
        while waiting and len(self.findings) < 20:
            node, depth, ready = waiting.pop()
            if depth > MAX_DEPTH:
                self.refuse("formula.deep", node, limit=MAX_DEPTH)
                return
            if ready:
                self.finish(node)
                continue
            children = self.children(node)
            if children:
                waiting.append((node, depth, True))
                waiting.extend((c, depth + (0 if _chained(node, c) else 1), False) for c in reversed(children))

    def children(self, node: ast.expr) -> list[ast.expr]:
        """What must be read before `node`; a leaf or a refused construct has none."""
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            return [node.operand]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self.arguments(node, node.func.id)
        if isinstance(node, ast.Name):
            self.name(node)
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
            self.number(node)
        else:
            self.refuse("formula.construct", node)
        return []

    def arguments(self, node: ast.Call, function: str) -> list[ast.expr]:
        if function not in FUNCTIONS:
            code = "formula.function.rough" if function in _ROUGH else "formula.function.unknown"
            near = _MEANT.get(function.lower()) or nearest(function, FUNCTIONS)
            self.refuse(code, node, name=function, nearest=near, known=" ".join(FUNCTIONS))
            return []
        wanted = 2 if function in _TWO else 1
        if len(node.args) != wanted:
            self.refuse("formula.function.arguments", node, name=function, wanted=wanted, got=len(node.args))
            return []
        return list(node.args)

    def name(self, node: ast.Name) -> None:
        start, end = self.span(node)
        if node.id in FUNCTIONS:
            self.refuse("formula.function.bare", node, name=node.id)
        elif node.id in CONSTANTS:
            self.push(Number(CONSTANTS[node.id], start, end, node.id), CONSTANTS[node.id])
        else:
            self.push(Name(node.id, start, end), None)

    def number(self, node: ast.Constant) -> None:
        start, end = self.span(node)
        literal = clean(self.text[start:end])
        value = float(literal)
        vanished = value == 0 and any(c in "123456789" for c in literal.lower().split("e")[0])
        if math.isinf(value) or vanished:
            self.refuse("formula.number.range", node, number=literal)
        self.push(Number(value, start, end), value)

    def finish(self, node: ast.expr) -> None:
        """The operation of a node whose operands are all there."""
        if self.findings:
            return
        if isinstance(node, ast.UnaryOp):
            if isinstance(node.op, ast.UAdd):
                return
            function, count = "negative", 1
        elif isinstance(node, ast.BinOp):
            function, count = _BINARY[type(node.op)], 2
        else:
            assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            function, count = node.func.id, len(node.args)
        operands = self.constants[-count:]
        del self.constants[-count:]
        if function == "power" and operands[1] is not None and not abs(operands[1]) <= MAX_EXPONENT:
            self.refuse("formula.exponent", node, exponent=f"{operands[1]:g}", limit=f"{MAX_EXPONENT:g}")
        self.push(Call(function, count, *self.span(node)), constant_value(function, operands))

    def push(self, step: Step, constant: float | None) -> None:
        self.steps.append(step)
        self.constants.append(constant)

    def span(self, node: ast.expr) -> tuple[int, int]:
        start, end = self.columns[node.col_offset], self.columns[node.end_col_offset or 0]
        return start + self.shift, end + self.shift

    def refuse(self, code: str, node: ast.expr, **parameters: Any) -> None:
        start, end = self.span(node)
        piece = self.text[start:end]
        part = piece if len(piece) <= 60 else piece[:57] + "…"
        self.findings.append(finding(code, at(self.where, start), part=part, column=start + 1, **parameters))


def _chained(node: ast.expr, child: ast.expr) -> bool:
    """Whether `child` is the left operand of a chain a + b − c or a·b/c: a long sum is not deep."""
    if not (isinstance(node, ast.BinOp) and isinstance(child, ast.BinOp) and child is node.left):
        return False
    pair = {_BINARY.get(type(node.op), ""), _BINARY.get(type(child.op), "-")}
    return any(pair <= chain for chain in _CHAINS)


def constant_value(function: str, operands: Sequence[float | None]) -> float | None:
    """Value of an operation on constants; None if one is not constant, not-a-number if it has no value."""
    values = [np.float64(v) for v in operands if v is not None]
    if len(values) != len(operands):
        return None
    with np.errstate(all="ignore"):
        return float({**OPERATORS, **FUNCTIONS}[function](*values))
