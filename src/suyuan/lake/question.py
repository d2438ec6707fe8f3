"""A question in SQL to the tables of a lake, by which nothing can be changed and no other file be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from suyuan.lake.engine import Engine
from suyuan.lake.readings import open_on
from suyuan.lake.running import Running
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Refused, finding

if TYPE_CHECKING:
    import pyarrow


def question(engine: Running, lake: Lake, sql: str) -> pyarrow.Table:
    """The answer to one question about `readings` (one a stream and time), `blocks` and `streams`.

    Raises Refused for text that is not one question (a statement that writes, several of them), and as the engine does.
    """
    text = _one(sql, engine.dialect)
    standing = open_on(lake, engine)
    engine.arrow("blocks", standing.blocks)
    engine.arrow("streams", streams_table(lake))
    if isinstance(engine, Engine):
        folder = str(Path(lake.folder).resolve()).replace("'", "''")
        engine._connection.execute(f"SET allowed_directories = ['{folder}']")
        engine._connection.execute("SET enable_external_access = false")
        engine._connection.execute("SET lock_configuration = true")
    return engine._query(text)


def _one(sql: str, dialect: str) -> str:
    """The text, where it is one question."""
    import sqlglot
    from sqlglot import expressions as parts
    from sqlglot.errors import SqlglotError

    try:
        found = [one for one in sqlglot.parse(sql, dialect=dialect) if one is not None]
    except (SqlglotError, RecursionError) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise Refused(finding("lake.question.syntax", "SQL", reason=reason)) from None
    asks = len(found) == 1 and isinstance(found[0], parts.Query | parts.Describe | parts.Summarize)
    writes = asks and any(found[0].find_all(parts.Insert, parts.Update, parts.Delete, parts.Create, parts.Drop))
    if not asks or writes or any(found[0].find_all(parts.Into)):
        raise Refused(finding("lake.question.writes", "SQL", given=" ".join(sql.split())[:60]))
    return sql.strip().rstrip(";")


def streams_table(lake: Lake) -> Any:
    """The streams as an Arrow table."""
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    names = ("stream", "quantity", "unit", "instrument", "place", "owner", "licence", "title")
    rows = [(s.id, s.quantity, s.unit, s.instrument, s.place, s.owner, s.licence, s.title) for s in lake.streams()]
    columns = {n: pa.array([row[i] for row in rows], text) for i, n in enumerate(names)}
    columns["resolution"] = pa.array([float(s.resolution) for s in lake.streams()], number)
    columns["sampling"] = pa.array([s.sampling for s in lake.streams()], number)
    return pa.table(columns)
