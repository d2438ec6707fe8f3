"""A column expression as text for an engine: one step a line of a WITH clause, readable from top to bottom.

The printers of Ibis nest one SELECT in another and repeat the names of all columns in each; both grow faster than the
formula and end at the recursion limit. Here the steps stand side by side, and what is only passed on is a star.
DuckDB and Spark differ in names of functions, in quotation marks, and in what a division by zero is: the first answers
infinity, the second may end the whole query. Here it answers NULL there, which every query counts as «no value».
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from suyuan.quantity.finding import Refused, finding

_PRINTING = threading.Lock()


def to_sql(expression: Any, dialect: str = "duckdb", pretty: bool = True) -> str:
    """The SQL of an Ibis expression, for people and for an engine; neither engine nor connection is needed.

    expression: an Ibis table or value expression, bound to tables by their names. dialect: «duckdb», or «spark» for
    whatever answers Spark Connect. pretty: one clause a line. Raises Refused for a dialect that is not known, and for
    an operation that its engine has not (`series.sql.unsupported`).
    The result holds each operation of the model once, so its length grows in proportion to the model's.

    >>> from suyuan.quantity.formula.formula import Formula
    >>> from suyuan.series.propagated import propagated
    >>> from suyuan.series.reading import Reading
    >>> from suyuan.series.rows import rows
    >>> print(to_sql(rows(propagated(Formula("p/r"), {"p": Reading("p"), "r": Reading("r")})).expression))
    WITH step1 AS NOT MATERIALIZED (SELECT
      *
    FROM "readings" AS "t0"
    WHERE
      "t0"."p" IS NOT NULL AND "t0"."r" IS NOT NULL),
    step2 AS NOT MATERIALIZED (SELECT
      CAST("t1"."p" AS DOUBLE) AS "p",
      CAST("t1"."r" AS DOUBLE) AS "r"
    FROM step1 AS "t1")
    SELECT
      "t2"."p" / "t2"."r" AS "value",
      0.0e0 AS "u"
    FROM step2 AS "t2"
    """
    query = _compiled(expression, dialect)
    names, selects = _steps(query)
    columns = [[item.alias_or_name for item in select.expressions] for select in selects]
    texts = [
        _text(select, before, dialect, pretty) for select, before in zip(selects, [None, *columns[:-1]], strict=True)
    ]
    if len(texts) == 1:
        return texts[0]
    hint = "AS NOT MATERIALIZED" if dialect == "duckdb" else "AS"
    bound = [f"{name} {hint} ({text})" for name, text in zip(names[:-1], texts[:-1], strict=True)]
    return "WITH " + (",\n" if pretty else ", ").join(bound) + ("\n" if pretty else " ") + texts[-1]


def _compiled(expression: Any, dialect: str) -> Any:
    """The tree of an expression in a dialect."""
    import ibis
    from ibis.common.exceptions import OperationNotDefinedError, UnsupportedOperationError

    with _PRINTING:  # the options are one for the process; merged steps would compute again what is bound
        before, ibis.options.sql.fuse_selects = ibis.options.sql.fuse_selects, False
        try:
            return _compiler(dialect).to_sqlglot(expression)
        except (OperationNotDefinedError, UnsupportedOperationError) as error:
            reason = str(error).strip().splitlines()[0]
            raise Refused(finding("series.sql.unsupported", dialect, reason=reason)) from None
        finally:
            ibis.options.sql.fuse_selects = before


def _compiler(dialect: str) -> Any:
    """The printer of a dialect. Raises Refused `series.sql.dialect` for one that is not known."""
    if dialect == "duckdb":
        from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

        return DuckDBCompiler()
    if dialect == "spark":
        return _spark_compiler()()
    raise Refused(finding("series.sql.dialect", dialect, known="duckdb, spark"))


@cache
def _spark_compiler() -> Any:
    """Ibis's printer for Spark, usable without its client of Spark, and with a test for infinity that is one.

    (Version 12 compares the trees of the two sides instead of writing the comparison, so its test is never true.)
    """
    import ibis
    from ibis.backends.sql.compilers.pyspark import PySparkCompiler
    from ibis.config import Config

    class Options(Config):  # type: ignore[misc]
        treat_nan_as_null: bool = False

    class Compiler(PySparkCompiler):  # type: ignore[misc]
        __slots__ = ()

        def visit_IsInf(self, op: Any, *, arg: Any) -> Any:
            return self.f.abs(arg).eq(self.POS_INF)

    if ibis.options.pyspark is None:  # else Ibis's client has set it
        ibis.options.pyspark = Options()
    return Compiler


def _steps(query: Any) -> tuple[list[str], list[Any]]:
    """Names and SELECTs from the innermost to the outermost, each reading from the one before it by name."""
    from sqlglot import exp

    selects = [query]
    while (inner := _inner(selects[-1])) is not None:
        selects.append(inner)
    taken, word = {table.name.lower() for table in selects[-1].find_all(exp.Table)}, "step"
    while any(name.startswith(word) for name in taken):
        word += "_"
    names = [f"{word}{number}" for number in range(1, len(selects) + 1)]
    for name, outer in zip(names, selects[-2::-1], strict=False):
        source = _source(outer)
        source.set("this", exp.to_table(name).as_(exp.to_identifier(source.this.alias, quoted=True)))
    return names, selects[::-1]


def _source(select: Any) -> Any:
    return select.args.get("from") or select.args.get("from_")


def _inner(query: Any) -> Any:
    """The SELECT that this one reads from and nothing else, or None."""
    from sqlglot import exp

    source = _source(query) if isinstance(query, exp.Select) and not query.args.get("joins") else None
    if source is None or not isinstance(source.this, exp.Subquery) or not isinstance(source.this.this, exp.Select):
        return None
    inner = source.this.this
    inner.parent = None
    return inner


def _text(select: Any, before: list[str] | None, dialect: str, pretty: bool) -> str:
    """The text of one step; `before`: the columns of the step that it reads from.

    A star stands for all of them in their order. Numbers get an exponent: engines read 0.1 as a decimal, 0.1e0 in
    double precision.
    """
    from sqlglot import exp

    leading = select.expressions[: len(before or ())]
    grouped = select.args.get("group") is not None  # some engines know no star there
    if before and not grouped and [item.name if isinstance(item, exp.Column) else "" for item in leading] == before:
        select.set("expressions", [exp.Star(), *select.expressions[len(before) :]])
    for literal in select.find_all(exp.Literal):
        if not literal.is_string and "." in literal.name and "e" not in literal.name.lower():
            literal.set("this", literal.name + "e0")
    if dialect != "duckdb":
        for division in select.find_all(exp.Div):
            divisor = division.expression
            if not (isinstance(divisor, exp.Literal) and float(divisor.name)):
                division.set("expression", exp.func("NULLIF", divisor.unnest(), exp.Literal.number(0)))
    return str(select.sql(dialect, pretty=pretty))
