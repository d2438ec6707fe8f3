"""The schema files in a store: installed by the user, recognised by digest, kept under their own names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from suyuan.certificate.schema import Name, Schemas
from suyuan.disk.whole import write_whole
from suyuan.quantity.finding import Finding, Refused, finding

LARGEST = 8 * 2**20
MOST = 2000


@dataclass(frozen=True, slots=True)
class Installed:
    """names: (kind, version) of what is installed now by this call; schemas: all that is installed."""

    names: tuple[Name, ...]
    schemas: Schemas
    findings: tuple[Finding, ...]


def install(source: Path, target: Path, incoming: Path) -> Installed:
    """Copy the recognised schema files under `source` (a folder, or one file) to `target`.

    Raises Refused where `source` does not exist or holds no schema file at all.
    """
    files = tuple(_found(source))
    if not files:
        raise Refused(finding("store.schemas.none", str(source), folder=source))
    recognised, findings = Schemas.of(files)
    for (kind, version), data in recognised.files.items():
        write_whole(target / f"{kind}-{version}.xsd", data, incoming, sealed=True)
    return Installed(tuple(sorted(recognised.files)), installed(target), findings)


def installed(folder: Path) -> Schemas:
    """The schemas in a store's folder, compiled once for each state of the folder."""
    if not folder.is_dir():
        return Schemas()
    state = tuple(sorted((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in folder.glob("*.xsd")))
    return _schemas(folder.resolve(), state)


@lru_cache(maxsize=16)
def _schemas(folder: Path, state: tuple[tuple[str, int, int], ...]) -> Schemas:
    return Schemas.of((name, (folder / name).read_bytes()) for name, _, _ in state)[0]


def _found(source: Path) -> Iterator[tuple[str, bytes]]:
    paths = [source] if source.is_file() else sorted(source.rglob("*.xsd"))[:MOST]
    for path in paths:
        if path.is_file() and path.stat().st_size <= LARGEST:
            yield str(path.relative_to(source)) if path != source else path.name, path.read_bytes()
