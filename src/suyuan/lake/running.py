"""What every engine does alike: tables by name, expressions run, results as arrays, Arrow or quantities.

An engine differs in how it opens a table and how it runs a text of SQL. All else stands here, so that a result does
not depend on where it was computed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.text import nearest
from suyuan.quantity.quantity import Quantity
from suyuan.series.failures import failures
from suyuan.series.propagated import Propagated
from suyuan.series.rows import Rows
from suyuan.series.sql import to_sql
from suyuan.series.sums import Sums, Totals

if TYPE_CHECKING:
    import pyarrow

Answer = dict[str, NDArray[Any]]
Bounds = Mapping[str, tuple[Any, Any]]
"""Column → first and last value that is wanted (None: open). Files that hold none may be left out; rows are not."""


class Running(ABC):
    """An engine with tables by name.

    title: its name for people; dialect: of SQL that it reads.
    """

    title: ClassVar[str]
    dialect: ClassVar[str]

    def __init__(self) -> None:
        self._tables: dict[str, tuple[str, ...]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """End the connection."""

    @abstractmethod
    def parquet(self, name: str, *paths: str | Path) -> None:
        """Name a table that stands in Parquet files of equal columns. Raises Refused for a file that cannot be read."""

    @abstractmethod
    def delta(self, name: str, folder: str | Path, version: int | None = None, bounds: Bounds | None = None) -> None:
        """Name a Delta table, in its newest version or an earlier one.

        bounds: a hint, by which an engine may leave out files. Raises Refused for a folder that is none, and where the
        engine has no reader for Delta.
        """

    @abstractmethod
    def arrow(self, name: str, table: pyarrow.Table) -> None:
        """Name a table that stands in memory."""

    @abstractmethod
    def define(self, name: str, expression: Any) -> None:
        """Name the answer to an expression; it is computed when it is read."""

    @abstractmethod
    def _query(self, sql: str) -> pyarrow.Table:
        """The answer to a text of SQL. Raises Refused `lake.query.failed`."""

    @property
    def tables(self) -> Mapping[str, tuple[str, ...]]:
        """Name of each open table → its columns."""
        return dict(self._tables)

    def run(self, expression: Any) -> Answer:
        """The answer to an unbound Ibis expression: column → array, masked where cells are empty.

        Raises Refused for a table or a column that is not there, and for what the engine cannot do.
        """
        return arrays(self.arrow_table(expression))

    def arrow_table(self, expression: Any) -> pyarrow.Table:
        """The answer as an Arrow table, for what is too large for arrays or goes on to a file."""
        self._check(expression)
        return self._query(to_sql(expression, self.dialect, pretty=False))

    def sums(self, query: Sums) -> Totals:
        """Sums over rows as quantities. Raises Refused with what failed and in how many rows where one has no value."""
        missing = self.run(query.missing)
        try:
            return query.read(self.run(query.expression), missing)
        except Refused as refused:
            self._explain(query.propagated, refused)
            raise

    def rows(self, query: Rows) -> tuple[Answer, dict[str, Quantity]]:
        """The kept columns, and the results of the complete rows as quantities. Raises Refused as `sums` does."""
        try:
            answer = self.run(query.expression)
            return {name: answer[name] for name in query.keep}, query.read(answer)
        except Refused as refused:
            self._explain(query.propagated, refused)
            raise

    def _explain(self, propagated: Propagated, refused: Refused) -> None:
        """Say which rows fail, where that is why there is no answer."""
        if {f.code for f in refused.findings} & {
            "series.sum.not_finite",
            "series.rows.not_finite",
            "lake.query.failed",
        }:
            query = failures(propagated)
            found = query.read(self.run(query.expression))
            if found:
                raise Refused(*found) from refused

    def _check(self, expression: Any) -> None:
        """Refuse names that the tables do not have, before the engine says so in its own words."""
        from ibis.expr.operations import UnboundTable

        for table in expression.op().find(UnboundTable):
            known = self._tables.get(table.name)
            if known is None:
                raise Refused(finding("lake.table.unknown", table.name, name=table.name, known=", ".join(self._tables)))
            absent = [column for column in table.schema.names if column not in known]
            if absent:
                code = "lake.column.unknown"
                raise Refused(
                    *(finding(code, table.name, name=column, nearest=nearest(column, known)) for column in absent)
                )


def arrays(table: pyarrow.Table) -> Answer:
    """The columns of an Arrow table as arrays, masked where cells are empty."""
    import pyarrow as pa

    found: Answer = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if not column.null_count:
            found[name] = column.to_numpy(zero_copy_only=False)
            continue
        mask = column.is_null().to_numpy(zero_copy_only=False)
        whole = pa.types.is_primitive(column.type) and not pa.types.is_temporal(column.type)
        if whole and column.null_count < len(column):
            values = column.fill_null(0 if not pa.types.is_boolean(column.type) else False)
        elif pa.types.is_null(column.type):
            values = pa.nulls(len(column), pa.float64()).fill_null(0.0)
        else:
            values = column.fill_null(0) if whole and not pa.types.is_boolean(column.type) else column
        found[name] = np.ma.masked_array(values.to_numpy(zero_copy_only=False), mask)
    return found


def first_line(error: BaseException) -> str:
    """What an engine says, without its trace."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def files_of(name: str, paths: tuple[str | Path, ...]) -> list[str]:
    """The paths as text. Raises Refused for one that does not exist, or where there is none."""
    missing = [str(path) for path in paths if not Path(path).is_file()]
    if missing or not paths:
        raise Refused(finding("lake.file.missing", where=", ".join(missing), name=name))
    return [str(path) for path in paths]
