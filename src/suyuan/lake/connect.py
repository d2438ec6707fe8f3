"""Whatever answers Spark Connect: a Sail server, or Apache Spark with its workers.

The client carries text of SQL to the server and Arrow back; no data frame of pandas is made on the way. Files are read
by the server, so a path must mean the same to it as to us.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from suyuan.lake.running import Bounds, Running, files_of, first_line
from suyuan.quantity.finding import Refused, finding
from suyuan.series.sql import to_sql

if TYPE_CHECKING:
    import pyarrow


_ASKED = {
    "spark.sql.session.localRelationSizeLimit": "67108864",
    "spark.sql.session.localRelationChunkSizeRows": "100000000",
    "spark.sql.session.localRelationChunkSizeBytes": "67108864",
    "spark.sql.session.localRelationBatchOfChunksSizeBytes": "67108864",
}
"""Settings that the client asks a server for when it sends a table; servers before version 4.2 do not know them."""


class Connect(Running):
    """A session with a Spark Connect service.

    address: «sc://host:port»; seconds: how long to wait for its first answer. Raises Refused where the client is not
    installed or nobody answers.
    """

    title: ClassVar[str] = "Spark Connect"
    dialect: ClassVar[str] = "spark"

    def __init__(self, address: str, seconds: float = 10.0) -> None:
        super().__init__()
        self._address = address
        self._error, self._session = _session(address, seconds)

    def close(self) -> None:
        """End the session; its tables are forgotten."""
        try:
            self._session.stop()
        except Exception:  # a server that is gone has ended it already
            logging.getLogger(__name__).debug("the session at %s was gone", self._address)

    def parquet(self, name: str, *paths: str | Path) -> None:
        """Name a table that stands in Parquet files of equal columns. Raises Refused for a file that cannot be read."""
        texts = [str(Path(text).resolve()) for text in files_of(name, paths)]
        try:
            frame = self._session.read.parquet(*texts)
            self._name(name, frame)
        except self._error as error:
            raise Refused(finding("lake.file.unreadable", ", ".join(texts[:3]), reason=first_line(error))) from None

    def delta(self, name: str, folder: str | Path, version: int | None = None, bounds: Bounds | None = None) -> None:
        """Name a Delta table, read by the server itself. Raises Refused where the server has no reader for Delta."""
        if Path(folder).exists() and not (Path(folder) / "_delta_log").is_dir():
            raise Refused(finding("lake.delta.unreadable", str(folder), reason="no _delta_log"))
        reader = self._session.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", str(version))
        try:
            self._name(name, reader.load(str(Path(folder).resolve())))
        except self._error as error:
            reason = first_line(error)
            raise Refused(finding("lake.delta.unsupported", self._address, name=name, reason=reason)) from None

    def arrow(self, name: str, table: pyarrow.Table) -> None:
        """Name a table that stands in memory; it is sent to the server."""
        try:
            self._name(name, self._session.createDataFrame(table))
        except self._error as error:
            raise Refused(finding("lake.query.failed", self._address, reason=first_line(error))) from None

    def define(self, name: str, expression: Any) -> None:
        """Name the answer to an expression; it is computed when it is read."""
        self._check(expression)
        try:
            self._name(name, self._session.sql(to_sql(expression, self.dialect, pretty=False)))
        except self._error as error:
            raise Refused(finding("lake.query.failed", self._address, reason=first_line(error))) from None

    def _name(self, name: str, frame: Any) -> None:
        columns = tuple(frame.columns)
        frame.createOrReplaceTempView(name)
        self._tables[name] = columns

    def _query(self, sql: str) -> pyarrow.Table:
        try:
            return self._session.sql(sql).toArrow()
        except self._error as error:
            raise Refused(finding("lake.query.failed", self._address, reason=first_line(error))) from error


@contextmanager
def _a_program() -> Iterator[None]:
    """The client takes a main module without a file (python -c, a worker of tests) for its own doctests, and ends the
    process; while it loads, there is a file."""
    main = sys.modules["__main__"]
    bare = not hasattr(main, "__file__")
    if bare:
        main.__file__ = __file__
    try:
        yield
    finally:
        if bare:
            del main.__file__


def _session(address: str, seconds: float) -> tuple[Any, Any]:
    """The client's errors, and a session of our own at an address."""
    logging.getLogger("pyspark").setLevel(logging.CRITICAL)  # it logs what it raises
    try:
        with warnings.catch_warnings():  # it says at each start that its pandas is newer than it knows
            warnings.simplefilter("ignore", FutureWarning)
            with _a_program():
                from pyspark.errors import PySparkException
                from pyspark.sql.connect.session import SparkSession
    except ImportError:
        raise Refused(finding("lake.connect.missing", address)) from None
    import grpc

    _answers(address, seconds)
    errors = (PySparkException, grpc.RpcError, ValueError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            session = SparkSession.builder.remote(address).create()
            session.conf.set("spark.sql.ansi.enabled", "true")
            session.conf.set("spark.sql.session.timeZone", "UTC")
            for name, number in _ASKED.items():
                if session.conf.get(name, None) is None:
                    session.conf.set(name, number)
    except errors as error:
        raise Refused(finding("lake.connect.unreachable", address, reason=first_line(error))) from None
    return errors, session


def _answers(address: str, seconds: float) -> None:
    """Refuse an address where nobody listens; the client itself would try again for minutes."""
    import grpc

    place = address.removeprefix("sc://").split(";")[0].strip("/")
    place = place if ":" in place else f"{place}:15002"
    channel = grpc.insecure_channel(place)
    try:
        grpc.channel_ready_future(channel).result(timeout=seconds)
    except grpc.FutureTimeoutError:
        raise Refused(finding("lake.connect.unreachable", address, reason=f"{seconds:g} s")) from None
    finally:
        channel.close()
