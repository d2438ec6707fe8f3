"""A Delta table as a list of Parquet files: for engines without a reader of their own, and to leave out files early.

The log of a Delta table holds, for each file, the least and the greatest value of each column. A question about one
stream and one day opens the files that may hold it and no other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from suyuan.lake.running import Bounds, first_line
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    import pyarrow

_SQL: Mapping[str, str] = {
    "long": "BIGINT", "integer": "INTEGER", "short": "SMALLINT", "byte": "TINYINT", "string": "VARCHAR",
    "double": "DOUBLE", "float": "REAL", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMPTZ",
    "timestamp_ntz": "TIMESTAMP", "binary": "BLOB",
}  # fmt: skip
"""Types of the Delta protocol → of DuckDB."""
_FOREIGN = frozenset({"deletionVectors", "columnMapping"})
"""Features by which rows or names in the files are not those of the table."""


@dataclass(frozen=True, slots=True)
class DeltaFiles:
    """One version of a Delta table.

    names: its columns in order, → type of SQL in `types`; partitions: those that stand in the paths; actions: a row a
    file with path, size_bytes, num_records, min.…, max.…, null_count.…, partition.…; version: number of the version.
    """

    folder: Path
    version: int
    names: tuple[str, ...]
    types: Mapping[str, str]
    partitions: tuple[str, ...]
    schema: pyarrow.Schema
    actions: pyarrow.Table

    @classmethod
    def read(cls, folder: str | Path, version: int | None = None) -> DeltaFiles:
        """The log of a Delta table. Raises Refused where there is none, or it has features that files do not show."""
        table = opened(folder, version)
        foreign = _FOREIGN & set(table.protocol().reader_features or ())
        if foreign:
            reason = ", ".join(sorted(foreign))
            raise Refused(finding("lake.delta.unsupported", "DuckDB", name=str(folder), reason=reason))
        return cls.of(table, Path(folder))

    @classmethod
    def of(cls, table: Any, folder: Path) -> DeltaFiles:
        """The same of a table that is open already."""
        import pyarrow as pa

        schema = pa.schema(table.schema().to_arrow())
        types = {f.name: _SQL.get(str(getattr(f.type, "type", "")), "") for f in table.schema().fields}
        partitions = tuple(table.metadata().partition_columns)
        actions = pa.table(table.get_add_actions(flatten=True))
        return cls(folder, table.version(), tuple(schema.names), types, partitions, schema, actions)

    @property
    def rows(self) -> int:
        """Number of rows of all files."""
        import pyarrow.compute as pc

        return pc.sum(self.actions["num_records"]).as_py() or 0

    def within(self, bounds: Bounds) -> pyarrow.Table:
        """The files that may hold a row within the bounds."""
        import pyarrow.compute as pc

        actions = self.actions
        for name, (first, last) in bounds.items():
            low, high = (f"partition.{name}",) * 2 if name in self.partitions else (f"min.{name}", f"max.{name}")
            if low not in actions.column_names:
                continue
            if last is not None:
                actions = actions.filter(pc.fill_null(pc.less_equal(actions[low], last), True))
            if first is not None:
                actions = actions.filter(pc.fill_null(pc.greater_equal(actions[high], first), True))
        return actions

    def paths(self, actions: pyarrow.Table) -> list[str]:
        """Where the files lie."""
        return [str(self.folder / unquote(path)) for path in actions["path"].to_pylist()]

    def reading(self, actions: pyarrow.Table) -> str:
        """The files as DuckDB reads them: `read_parquet(…)`, where columns may be absent if no file has them yet."""
        files = ", ".join("'" + path.replace("'", "''") + "'" for path in self.paths(actions))
        options = ", union_by_name = true" if self._differ(actions) else ""
        if self.partitions:
            types = ", ".join(f"{_quoted(name)}: {self.types[name]}" for name in self.partitions)
            options += f", hive_partitioning = true, hive_types = {{{types}}}"
        return f"read_parquet([{files}]{options})"

    def sql(self, reading: str, present: Collection[str]) -> str:
        """The table as a query of DuckDB: its columns in order, empty where no file has them.

        reading: see `reading`; «» for no files at all; present: columns that it has.
        """
        columns = ", ".join(
            _quoted(name) if name in present else f"NULL::{self.types[name] or 'VARCHAR'} AS {_quoted(name)}"
            for name in self.names
        )
        return f"SELECT {columns} FROM {reading}" if reading else f"SELECT {columns} WHERE false"

    def _differ(self, actions: pyarrow.Table) -> bool:
        """Whether some file may lack a column: its statistics say so, or it has none."""
        names = [f"null_count.{name}" for name in self.names if name not in self.partitions]
        known = [name for name in names if name in actions.column_names]
        return len(known) < len(names) or any(actions[name].null_count for name in known)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def delta() -> Any:
    """The module `deltalake`. Raises Refused where it is not installed."""
    try:
        import deltalake
    except ImportError:
        raise Refused(finding("lake.delta.missing", "deltalake")) from None
    return deltalake


def opened(folder: str | Path, version: int | None = None) -> Any:
    """A Delta table, open. Raises Refused for a folder that is none, and for a version that is not there."""
    module = delta()
    try:
        return module.DeltaTable(str(folder), version=version)
    except (module.exceptions.DeltaError, OSError, ValueError) as error:
        where = str(folder) if version is None else f"{folder} @ {version}"
        raise Refused(finding("lake.delta.unreadable", where, reason=first_line(error))) from None
