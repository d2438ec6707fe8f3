"""What was read from a large register, kept beside it: the next process needs not judge a hundred thousand rows again.

    derived/ab/abcdef…   one line that says what it was made from and by, then the value and its findings as columns

A file counts only for the same document, the same program and tables (`program`), and when it is whole; else the
document is read as if there were none. So it may be thrown away at any time. It is kept only where reading it gives
back what was read from the document.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from suyuan.disk.whole import write_whole
from suyuan.procedure.register import Register
from suyuan.store.columnar import NotPlain, decode, encode
from suyuan.store.recognise import Recognised

LEAST = 1 << 15
"""Bytes of a document from which on its value is kept: smaller ones are read as fast."""
FLOORS = ("quantity", "certificate", "procedure", "traceability", "capability", "talent", "centre", "verbs", "store")
"""Where the code and the tables stand that say what a register states."""
BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, ImportError, RecursionError, NotPlain)


@cache
def program() -> str:
    """What readers a value depends on: a digest of their code and tables, of Python's and Unicode's edition."""
    seen = hashlib.sha256(f"{sys.version_info[:2]} {unicodedata.unidata_version} {_edition('pint')}".encode())
    package = Path(__file__).parents[1]
    for floor in FLOORS:
        for path in sorted((package / floor).rglob("*")):
            if path.suffix in (".py", ".json", ".toml"):
                seen.update(path.relative_to(package).as_posix().encode() + b"\0")
                seen.update(hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()


def _edition(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def known(folder: Path, digest: str) -> Recognised | None:
    """What was kept of a register, or None where there is nothing that counts. folder: of the store."""
    try:
        head, _, body = _path(folder, digest).read_bytes().partition(b"\n")
    except OSError:
        return None
    if head != _head(digest, body):
        return None
    try:
        register, findings = decode(json.loads(body), 2)
    except BROKEN:
        return None
    return Recognised("register", register, findings) if isinstance(register, Register) else None


def keep(folder: Path, digest: str, read: Recognised) -> None:
    """Keep what was read from a register; nothing is said where that cannot be, since nothing depends on it."""
    if not isinstance(read.value, Register):
        return
    with contextlib.suppress(OSError, *BROKEN):
        columns = encode([read.value, read.findings])
        if tuple(decode(columns, 2)) == (read.value, read.findings):
            body = json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()
            write_whole(_path(folder, digest), _head(digest, body) + b"\n" + body, folder / "incoming", sealed=True)


def clear(folder: Path) -> None:
    """Throw away all that is kept."""
    for path in (folder / "derived").glob("??/*"):
        with contextlib.suppress(OSError):
            path.unlink()


def _head(digest: str, body: bytes) -> bytes:
    """What a file says of itself. The digest of the body tells a torn file; whoever forges it could as well add a
    document."""
    made = {"suyuan": "derived", "of": digest, "by": program(), "sha256": hashlib.sha256(body).hexdigest()}
    return json.dumps(made).encode()


def _path(folder: Path, digest: str) -> Path:
    return folder / "derived" / digest[:2] / digest


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Nothing that is read is garbage, so the collector need not walk the growing heap over and over meanwhile."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
