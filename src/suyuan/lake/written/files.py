"""The formats that a series can be written in, by name, and their files on disk: all of them or none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from suyuan.lake.durable import write_whole
from suyuan.lake.written import csv_web, data_package, netcdf, parquet, sensorthings
from suyuan.lake.written.columns import Columns, columns
from suyuan.quantity.finding import Finding
from suyuan.series.stream import Stream
from suyuan.series.summary import Resampled
from suyuan.series.view import View

FORMATS: Mapping[str, Callable[[Columns], Mapping[str, bytes]]] = {
    "parquet": lambda made: {"series.parquet": parquet.write(made)},
    "csvw": lambda made: csv_web.write(made, "series.csv"),
    "datapackage": data_package.write,
    "sensorthings": lambda made: {"series.json": sensorthings.write(made)},
    "netcdf": lambda made: {"series.nc": netcdf.write(made)},
}
"""Name of a format → its files by name."""


ENDINGS: Mapping[str, str] = {".nc": "netcdf", ".json": "sensorthings", ".zip": "datapackage"}
"""Ending of a file → the format that it stands for; a package of several files is a zip of them."""


def written(stream: Stream, given: View | Sequence[View] | Resampled, format: str) -> Mapping[str, bytes]:
    """The files of a series in a format of `FORMATS`. Raises Refused lake.written.…."""
    return FORMATS[format](columns(stream, given))


def one_file(
    stream: Stream, given: View | Sequence[View] | Resampled, ending: str
) -> tuple[bytes, tuple[Finding, ...]]:
    """A series as one file of an ending of `ENDINGS`, and what is doubtful of it. Raises Refused lake.written.…."""
    made = columns(stream, given)
    files = FORMATS[ENDINGS[ending]](made)
    return (packed(files) if ending == ".zip" else next(iter(files.values()))), made.findings


def packed(files: Mapping[str, bytes]) -> bytes:
    """Files as one zip, the same bytes for the same files."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return room.getvalue()


def save(files: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """Put files into a folder; an existing one of the same name gives way. What describes the others comes last, so
    that a description never stands beside data that it does not describe. Raises Refused where the disk is full.
    """
    order = sorted(files, key=lambda n: n.endswith("json"))
    for name in order:
        write_whole(folder / name, files[name], replace=True)
    return tuple(folder / name for name in order)
