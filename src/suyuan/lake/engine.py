"""DuckDB on Parquet files and Arrow tables: runs the expressions that series writes.

An engine is one connection in memory; nothing of it is kept. Files are read where they lie, columns that an expression
does not name are not read, and answers come back as arrays.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

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


class Engine:
    """DuckDB in this process.

    threads: how many it may use, all where None; memory: its limit, as «4GB», most of the machine's where None.
    """

    def __init__(self, threads: int | None = None, memory: str | None = None) -> None:
        self._duckdb = _duckdb()
        self._connection = self._duckdb.connect()
        self._tables: dict[str, tuple[str, ...]] = {}
        if threads is not None:
            self._connection.execute("SET threads = ?", [threads])
        if memory is not None:
            self._connection.execute("SET memory_limit = ?", [memory])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def parquet(self, name: str, *paths: str | Path) -> None:
        """Name a table that stands in Parquet files of equal columns. Raises Refused for a file that cannot be read."""
        missing = [str(path) for path in paths if not Path(path).is_file()]
        if missing or not paths:
            raise Refused(finding("lake.file.missing", where=", ".join(missing), name=name))
        texts = [str(path) for path in paths]
        try:
            relation = self._connection.read_parquet(texts)
            relation.create_view(name, replace=True)
        except self._duckdb.Error as error:
            raise Refused(finding("lake.file.unreadable", ", ".join(texts), reason=_first_line(error))) from None
        self._tables[name] = tuple(relation.columns)

    def arrow(self, name: str, table: pyarrow.Table) -> None:
        """Name a table that stands in memory."""
        self._connection.register(name, table)
        self._tables[name] = tuple(table.column_names)

    def run(self, expression: Any) -> Answer:
        """The answer to an unbound Ibis expression: column → array, masked where cells are empty.

        Raises Refused for a table or a column that is not there, and for what the engine cannot do.
        """
        self._check(expression)
        try:
            answer: Answer = self._connection.execute(to_sql(expression, pretty=False)).fetchnumpy()
            return answer
        except self._duckdb.Error as error:
            raise Refused(finding("lake.query.failed", "DuckDB", reason=_first_line(error))) from error

    def arrow_table(self, expression: Any) -> pyarrow.Table:
        """The answer as an Arrow table, for what is too large for arrays or goes on to a file."""
        self._check(expression)
        try:
            return self._connection.execute(to_sql(expression, pretty=False)).to_arrow_table()
        except self._duckdb.Error as error:
            raise Refused(finding("lake.query.failed", "DuckDB", reason=_first_line(error))) from error

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


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise Refused(finding("lake.engine.missing", "DuckDB")) from None
    return duckdb


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
