"""Files in and out: what cannot be read or written is refused with what, where, why and what to do.

Written files are never overwritten and never half there.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.certificate.certificate import Certificate
    from suyuan.store.folder import Store
    from suyuan.traceability.evidence import Evidence

LARGEST = 64_000_000
STDIN = Path("-")


def read_bytes(path: Path) -> bytes:
    """The bytes of a file («-» is stdin). Raises Refused for a missing, unreadable, empty or huge one, and a folder."""
    if path == STDIN:
        data = sys.stdin.buffer.read(LARGEST + 1)
        size = len(data)
    else:
        try:
            found = path.stat()
            if stat.S_ISDIR(found.st_mode):
                raise Refused(finding("cli.file.folder", str(path)))
            size = found.st_size
            data = b"" if size > LARGEST else path.read_bytes()
        except FileNotFoundError:
            raise Refused(finding("cli.file.missing", str(path), folder=path.absolute().parent)) from None
        except OSError as error:
            raise Refused(finding("cli.file.unreadable", str(path), reason=error.strerror or error)) from None
    if size > LARGEST:
        raise Refused(finding("cli.file.huge", str(path), size=f"{size / 1e6:.0f}", limit=f"{LARGEST / 1e6:.0f}"))
    if not data:
        raise Refused(finding("cli.file.empty", str(path)))
    return data


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file."""
    from suyuan.verbs.document import parse_json

    if path.is_dir():
        raise Refused(finding("cli.file.folder_for_one", str(path)))
    return parse_json(read_bytes(path).removeprefix(b"\xef\xbb\xbf"), str(path))


@contextmanager
def about(path: object) -> Iterator[None]:
    """Findings raised inside speak of this file."""
    try:
        yield
    except Refused as refused:
        raise Refused(*(in_file(item, path) for item in refused.findings)) from None


def in_file(item: Finding, path: object) -> Finding:
    """A finding whose place begins with the file's name."""
    name = str(path)
    if not name or item.where.startswith(name):
        return item
    return replace(item, where=f"{name}: {item.where}" if item.where else name)


def read_certificate(path: Path) -> tuple[Certificate, tuple[Finding, ...]]:
    """The certificate in a file, digital or typed. Raises Refused where there is none."""
    return certificate_of(read_bytes(path), str(path))


def certificate_of(data: bytes, name: str) -> tuple[Certificate, tuple[Finding, ...]]:
    """The certificate that bytes hold, with the findings of reading; Refused where there is none."""
    from suyuan.certificate.certificate import Certificate
    from suyuan.store.recognise import recognise

    known = recognise(data)
    found = tuple(in_file(item, name) for item in known.findings)
    if known.value is None:
        raise Refused(*found)
    if not isinstance(known.value, Certificate):
        raise Refused(finding("cli.file.not_certificate", name, kind=known.kind))
    return known.value, found


def open_store(folder: Path, new: bool = False) -> Store:
    """The data folder; Refused where it is not there (unless `new`) or is a file."""
    from suyuan.store.folder import Store

    if folder.exists() and not folder.is_dir():
        raise Refused(finding("cli.data.file", str(folder)))
    if not new and not folder.exists():
        raise Refused(finding("cli.data.missing", str(folder)))
    return Store(folder)


def evidence_of(folder: Path | None) -> tuple[Evidence, tuple[Finding, ...]]:
    """What the data folder knows, with what of it is lost or damaged; nothing without a folder."""
    from suyuan.traceability.evidence import Evidence

    return (Evidence(), ()) if folder is None else open_store(folder).load()


def read_day(text: str, option: str) -> date | None:
    """A date YYYY-MM-DD, None for «»."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(finding("cli.day", option, given=text[:40])) from None


def free(path: Path) -> None:
    """Refuse a place where nothing new can be written, before any work is done."""
    if path.exists():
        raise Refused(finding("cli.out.exists", str(path)))
    if not path.absolute().parent.is_dir():
        raise Refused(finding("cli.out.folder", str(path), folder=path.absolute().parent))


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, whole or not at all."""
    free(path)
    folder = path.absolute().parent
    try:
        handle, name = tempfile.mkstemp(prefix=".suyuan-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Refused(finding("cli.out.unwritable", str(path), reason=error.strerror or error)) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
