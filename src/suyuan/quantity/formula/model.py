"""Model: a measurement model of one or several outputs, with intermediate definitions, all as formulas.

Definitions are named formulas that later definitions and the outputs may use; what no formula defines is an input.
"""

from __future__ import annotations

import inspect
import keyword
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.formula.formula import RESERVED, Formula, parse
from suyuan.quantity.formula.text import nearest, spelling

RESULT = "result"  # name of the output of a model that is one expression

Named = tuple[tuple[str, Formula], ...]
Texts = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Model:
    """Outputs and, in the order of evaluation, definitions: name and formula.

    >>> m, _ = read_model({"total": "R1 + R2"}, {"R1": "a1*Rs", "R2": "a2*Rs"})
    >>> m.inputs
    ('a1', 'Rs', 'a2')
    >>> {name: float(y) for name, y in m.evaluate({"a1": 1, "a2": 1, "Rs": 1000}).items()}
    {'total': 2000.0}
    """

    outputs: Named
    definitions: Named = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names that must be given, in order of appearance."""
        defined = {name for name, _ in self.definitions}
        used = [n for _, f in (*self.definitions, *self.outputs) for n in f.names]
        return tuple(n for n in dict.fromkeys(used) if n not in defined)

    def formulas(self) -> Iterator[tuple[str, str, Formula]]:
        """(place, name, formula) of each definition and then of each output; the place begins findings about it."""
        yield from ((f"definitions.{name}", name, formula) for name, formula in self.definitions)
        yield from (("model" if name == RESULT else f"model.{name}", name, formula) for name, formula in self.outputs)

    def all_values(
        self, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Values of the definitions and values of the outputs, by name (see `Formula.evaluate`)."""
        known = {spelling(name): value for name, value in values.items()}
        defined: dict[str, Any] = {}
        for name, formula in self.definitions:
            defined[name] = known[name] = formula.evaluate(known, functions)
        return defined, {name: formula.evaluate(known, functions) for name, formula in self.outputs}

    def evaluate(
        self, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None
    ) -> dict[str, Any]:
        """Values of the outputs, by name (see `Formula.evaluate`)."""
        return self.all_values(values, functions)[1]

    def function(self, output: str = RESULT) -> Callable[..., Any]:
        """One output as a function of its inputs by name, with only the definitions that it needs."""
        part = Model(tuple((n, f) for n, f in self.outputs if n == output), _needed(output, self))

        def model(**values: Any) -> Any:
            return part.evaluate(values)[output]

        model.__name__ = output
        return model

    def in_order(self, names: Sequence[str], outputs: Iterable[str] | None = None) -> Callable[..., dict[str, Any]]:
        """Outputs (all, or some) as a function of inputs in this order: an input may bear any name, also that of an
        option of the function that calls."""
        wanted = None if outputs is None else set(outputs)
        part = Model(tuple((n, f) for n, f in self.outputs if wanted is None or n in wanted), self.definitions)

        def model(*values: Any) -> dict[str, Any]:
            return part.evaluate(dict(zip(names, values, strict=True)))

        if all(name.isidentifier() for name in names):  # who is told what is wrong is told by name
            rows = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
            model.__signature__ = inspect.Signature(rows)  # type: ignore[attr-defined]
        return model

    def inputs_of(self, output: str = RESULT) -> tuple[str, ...]:
        """The inputs on which one output depends."""
        return Model(tuple((n, f) for n, f in self.outputs if n == output), _needed(output, self)).inputs


def _needed(output: str, model: Model) -> Named:
    wanted = {n for name, f in model.outputs if name == output for n in f.names}
    if not any(name == output for name, _ in model.outputs):
        raise Refused(
            finding("formula.output.unknown", output, name=output, nearest=nearest(output, dict(model.outputs)))
        )
    kept: list[tuple[str, Formula]] = []
    for name, formula in reversed(model.definitions):
        if name in wanted:
            kept.append((name, formula))
            wanted.update(formula.names)
    return tuple(reversed(kept))


def read_model(
    model: str | Texts, definitions: Texts | None = None, given: Iterable[str] | None = None
) -> tuple[Model | None, tuple[Finding, ...]]:
    """Read the formulas of a model and check that every name has exactly one meaning.

    model: one expression (output `RESULT`), or output name → expression.
    definitions: name → expression, in order.
    given: names of the inputs that have a value, beside the constants of `constant.known`; None = whatever the
    formulas ask for.
    Returns the model (None after an error) and the findings. Findings stand at «model:column», «model.OUTPUT:column»,
    «definitions.NAME:column» and «inputs.NAME».
    """
    names = None if given is None else list(given)
    findings = [] if names is None else list(_input_names(names))
    defined = list(_pairs(definitions or ()))
    asked = [(RESULT, model)] if isinstance(model, str) else list(_pairs(model))
    if not asked:
        findings.append(finding("formula.empty", "model"))
    findings += _defined_names(defined, names or ())
    findings += _duplicates([n for n, _ in asked], "model")
    places = [f"definitions.{n}" for n, _ in defined]
    places += ["model"] if isinstance(model, str) else [f"model.{n}" for n, _ in asked]
    formulas: list[tuple[str, Formula]] = []
    known = None if names is None else {*_constants(), *(spelling(n) for n in (*names, *(n for n, _ in defined)))}
    for (name, text), place in zip([*defined, *asked], places, strict=True):
        formula, found = parse(text, known, place)
        findings += found
        if formula is not None:
            formulas.append((spelling(name), formula))
    if errors(findings):
        return None, tuple(findings)
    in_order, found_order = _order(formulas[: len(defined)])
    result = Model(tuple(formulas[len(defined) :]), in_order)
    findings += found_order
    findings += _unused(result, names)
    return (None if errors(findings) else result), tuple(findings)


def _constants() -> frozenset[str]:
    from suyuan.quantity.constant import known

    return frozenset(c.symbol for c in known())


def _pairs(texts: Texts) -> Iterator[tuple[str, str]]:
    return iter(texts.items()) if isinstance(texts, Mapping) else iter(texts)


def _input_names(names: list[str]) -> Iterator[Finding]:
    yield from (f for name in names for f in bad_name(name, f"inputs.{name}"))
    yield from _duplicates(names, "inputs")


def bad_name(name: str, where: str) -> Iterator[Finding]:
    """Why a formula cannot call anything by this name."""
    spelled = spelling(name)
    if keyword.iskeyword(spelled):
        yield finding("formula.name.keyword", where, name=name, column="—")
    elif spelled in RESERVED:
        yield finding("formula.name.reserved", where, name=name)
    elif not spelled.isidentifier():
        yield finding("formula.name.invalid", where, name=name)


def _duplicates(names: list[str], group: str) -> Iterator[Finding]:
    for name, count in Counter(spelling(n) for n in names).items():
        if count > 1:
            yield finding("formula.name.duplicate", f"{group}.{name}", name=name, count=count)


def _defined_names(defined: list[tuple[str, str]], given: Iterable[str]) -> Iterator[Finding]:
    names = [n for n, _ in defined]
    inputs = {spelling(n) for n in given}
    yield from (f for name in names for f in bad_name(name, f"definitions.{name}"))
    yield from _duplicates(names, "definitions")
    for name in names:
        if spelling(name) in inputs:
            yield finding("formula.definition.input", f"definitions.{name}", name=name)


def _order(definitions: list[tuple[str, Formula]]) -> tuple[Named, tuple[Finding, ...]]:
    """Definitions so that each follows what it uses; a warning if they were given otherwise, an error on a circle."""
    place = {name: i for i, (name, _) in enumerate(definitions)}
    findings = [
        finding("formula.definition.order", f"definitions.{name}", "warning", name=name, used=used)
        for i, (name, formula) in enumerate(definitions)
        for used in formula.names
        if place.get(used, -1) > i
    ]
    waiting = dict(definitions)
    done: list[tuple[str, Formula]] = []
    while waiting:
        ready = [name for name, f in waiting.items() if not any(n in waiting for n in f.names)]
        if not ready:
            circle = _circle(waiting)
            text = " → ".join([*circle, circle[0]])
            return (), (finding("formula.definition.circular", f"definitions.{circle[0]}", circle=text),)
        done += [(name, waiting.pop(name)) for name in ready]
    return tuple(done), tuple(findings)


def _circle(waiting: Mapping[str, Formula]) -> list[str]:
    """Follow first uses from the first waiting name until one comes again."""
    path = [next(iter(waiting))]
    while True:
        following = next(n for n in waiting[path[-1]].names if n in waiting)
        if following in path:
            return path[path.index(following) :]
        path.append(following)


def _unused(model: Model, given: list[str] | None) -> Iterator[Finding]:
    needed = {n for output, _ in model.outputs for n, _ in _needed(output, model)}
    for name, _ in model.definitions:
        if name not in needed:
            yield finding("formula.definition.unused", f"definitions.{name}", "warning", name=name)
    used = set(model.inputs)
    for name in given or ():
        if spelling(name) not in used:
            yield finding("formula.input.unused", f"inputs.{name}", "warning", name=name)
