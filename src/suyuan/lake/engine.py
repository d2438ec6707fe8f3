"""DuckDB on Parquet files, Delta tables and Arrow tables, in this process; and which engine an address means.

An engine is one connection in memory; nothing of it is kept. Files are read where they lie, columns that an expression
does not name are not read, and answers come back as arrays.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from suyuan.lake.delta import DeltaFiles
from suyuan.lake.running import Answer, Bounds, Running, files_of, first_line
from suyuan.quantity.finding import Refused, finding
from suyuan.series.sql import to_sql

if TYPE_CHECKING:
    import pyarrow

__all__ = ["Answer", "Engine", "Running", "open_engine"]


def open_engine(address: str = "duckdb", *, threads: int | None = None, memory: str | None = None) -> Running:
    """The engine at an address: «duckdb» in this process, or «sc://host:port» for whatever answers Spark Connect.

    threads, memory: limits, of DuckDB only. Raises Refused for another address, and where the engine is not installed
    or does not answer.

    >>> with open_engine("duckdb", threads=1) as engine:
    ...     engine.title
    'DuckDB'
    """
    if address in ("", "duckdb"):
        return Engine(threads, memory)
    if address.startswith("sc://"):
        from suyuan.lake.connect import Connect

        return Connect(address)
    raise Refused(finding("lake.engine.address", address))


class Engine(Running):
    """DuckDB in this process.

    threads: how many it may use, all where None; memory: its limit, as «4GB», most of the machine's where None.
    """

    title: ClassVar[str] = "DuckDB"
    dialect: ClassVar[str] = "duckdb"

    def __init__(self, threads: int | None = None, memory: str | None = None) -> None:
        super().__init__()
        self._duckdb = _duckdb()
        self._connection = self._duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")  # else hours are those of the machine's own clock
        self._registered: set[str] = set()
        if threads is not None:
            self._connection.execute("SET threads = ?", [threads])
        if memory is not None:
            self._connection.execute("SET memory_limit = ?", [memory])

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def parquet(self, name: str, *paths: str | Path) -> None:
        """Name a table that stands in Parquet files of equal columns. Raises Refused for a file that cannot be read."""
        texts = files_of(name, paths)
        files = ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
        self._view(name, f"SELECT * FROM read_parquet([{files}])", ", ".join(texts[:3]))

    def delta(self, name: str, folder: str | Path, version: int | None = None, bounds: Bounds | None = None) -> None:
        """Name a Delta table: its file list by `deltalake`, its files by DuckDB's own reader of Parquet."""
        files = DeltaFiles.read(folder, version)
        actions = files.within(bounds or {})
        reading = files.reading(actions) if actions.num_rows else ""
        present = self._columns(reading, str(folder)) if reading else ()
        self._view(name, files.sql(reading, present), str(folder))

    def _view(self, name: str, sql: str, where: str) -> None:
        quoted = name.replace('"', '""')
        columns = self._columns(f"({sql})", where)
        self._forget(name)
        self._connection.execute(f'CREATE OR REPLACE VIEW "{quoted}" AS {sql}')
        self._tables[name] = columns

    def _forget(self, name: str) -> None:
        """Take away a table in memory of this name, which would hide a view."""
        if name in self._registered:
            self._connection.unregister(name)
            self._registered.remove(name)

    def _columns(self, source: str, where: str) -> tuple[str, ...]:
        try:
            described = self._connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        except self._duckdb.Error as error:
            raise Refused(finding("lake.file.unreadable", where, reason=first_line(error))) from None
        return tuple(str(row[0]) for row in described)

    def arrow(self, name: str, table: pyarrow.Table) -> None:
        """Name a table that stands in memory."""
        self._connection.register(name, table)
        self._registered.add(name)
        self._tables[name] = tuple(table.column_names)

    def define(self, name: str, expression: Any) -> None:
        """Name the answer to an expression; it is computed when it is read."""
        self._check(expression)
        text = to_sql(expression, pretty=False)
        quoted = name.replace('"', '""')
        self._forget(name)
        try:
            self._connection.execute(f'CREATE OR REPLACE VIEW "{quoted}" AS {text}')
        except self._duckdb.Error as error:
            raise Refused(finding("lake.query.failed", "DuckDB", reason=first_line(error))) from None
        self._tables[name] = tuple(expression.columns)

    def run(self, expression: Any) -> Answer:
        """The answer to an unbound Ibis expression: column → array, masked where cells are empty.

        Raises Refused for a table or a column that is not there, and for what the engine cannot do.
        """
        self._check(expression)
        try:
            answer: Answer = self._connection.execute(to_sql(expression, pretty=False)).fetchnumpy()
            return answer
        except self._duckdb.Error as error:
            raise Refused(finding("lake.query.failed", "DuckDB", reason=first_line(error))) from error

    def _query(self, sql: str) -> pyarrow.Table:
        try:
            return self._connection.execute(sql).to_arrow_table()
        except self._duckdb.Error as error:
            raise Refused(finding("lake.query.failed", "DuckDB", reason=first_line(error))) from error


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise Refused(finding("lake.engine.missing", "DuckDB")) from None
    return duckdb
