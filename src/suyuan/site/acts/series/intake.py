"""Take measurement files in: looked at first, kept aside meanwhile, appended whole or not at all.

What a person sees before taking in is what goes in: the same bytes, by the same mapping, read again. A file waits in
the data folder under its digest until it is taken in, given up, or a week has passed.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied

from suyuan.lake.beside import lake_of
from suyuan.lake.durable import write_whole
from suyuan.lake.formats import mapped, recognise
from suyuan.lake.formats.column_mapping import ColumnMapping, read_mapping
from suyuan.lake.formats.imported import Imported
from suyuan.lake.formats.proposed import propose
from suyuan.lake.intake import Brought, Given, brought
from suyuan.lake.kept_rows import keep_rows
from suyuan.lake.table import Appended, now
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts.log import told
from suyuan.site.acts.series import held
from suyuan.site.acts.service import may

TAKE_IN = ("steward", "receive")
LARGEST = 256 * 2**20
WEEK = 7 * 86_400
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Looked:
    """A file as it would go in. mapping: of a table's columns; sample: column → its first cells; reasons: why the
    mapping is as proposed; saved: whether the mapping is one that was saved for these columns; refused: why nothing can
    be read."""

    name: str
    digest: str
    size: int
    imported: Imported | None = None
    brought: tuple[Brought, ...] = ()
    refused: tuple[Finding, ...] = ()
    mapping: ColumnMapping | None = None
    sample: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: tuple[Finding, ...] = ()
    saved: bool = False

    @property
    def good(self) -> tuple[Brought, ...]:
        """What can go in."""
        return tuple(one for one in self.brought if one.block is not None)


def may_take_in(user: Any) -> bool:
    """Whether somebody may take measurement files in."""
    return may(user, *TAKE_IN)


def _allow(user: Any) -> None:
    if not may_take_in(user):
        raise PermissionDenied


# ---------------------------------------------------------------- files that wait


def _folder() -> Path:
    """The data folder. Raises Refused where the site remembers nothing."""
    if settings.DATA is None:
        raise Refused(finding("site.data.no_folder", "SUYUAN_DATA"))
    return Path(settings.DATA)


def _waiting() -> Path:
    return _folder() / "waiting"


def keep(user: Any, content: bytes) -> str:
    """Keep a file aside; its digest. Raises PermissionDenied, Refused for one that is empty, or that no disk takes."""
    _allow(user)
    if not content:
        raise Refused(finding("site.data.file_empty", "file"))
    digest = hashlib.sha256(content).hexdigest()
    write_whole(_waiting() / digest, content)
    for old in _waiting().glob("*"):
        if time.time() - old.stat().st_mtime > WEEK:
            old.unlink(missing_ok=True)
    return digest


def waiting(digest: str) -> bytes:
    """A file that waits. Raises Refused where it does not any more."""
    place = _waiting() / digest
    if not _DIGEST.fullmatch(digest) or not place.is_file():
        raise Refused(finding("site.data.file_gone", "file"))
    return place.read_bytes()


def give_up(user: Any, digest: str) -> None:
    """Let a file go that was only looked at."""
    _allow(user)
    if _DIGEST.fullmatch(digest):
        (_waiting() / digest).unlink(missing_ok=True)


# ---------------------------------------------------------------- looking


def look(
    content: bytes, name: str, given: Given, mapping: ColumnMapping | None = None, clocks: tuple[str, str] = ("", "")
) -> Looked:
    """A file as it would go in; nothing is written. What cannot be read is told, never raised.

    clocks: zone of times that carry none, and which of two hours a doubled one was.
    """
    zone, fold = clocks
    digest = hashlib.sha256(content).hexdigest()
    shown = Looked(name, digest, len(content))
    try:
        kind = "mapped" if mapping is not None else recognise.recognise(content, name)
        if kind == "mapped":
            shown = _proposed(shown, content, mapping)
            if shown.mapping is not None and shown.mapping.time.zone:
                zone = ""  # the mapping says it, and the form shows it
            imported = mapped.read(content, name=name, zone=zone, fold=fold, mapping=shown.mapping)
        else:
            imported = recognise.read_as(kind, content, name=name, zone=zone, fold=fold)
        shown = replace(shown, imported=imported)
        whole = replace(given, source=digest, received=given.received or now())
        return replace(shown, brought=brought(imported, whole, held.streams().values()))
    except Refused as refused:
        return _told(replace(shown, refused=refused.findings), content)


def _told(shown: Looked, content: bytes) -> Looked:
    """What cannot be read, with its columns where it is a table, so that a person can say how to read them."""
    if shown.mapping is not None or shown.imported is not None:
        return shown
    try:
        return _proposed(shown, content, None)
    except Refused:
        return shown


def _proposed(shown: Looked, content: bytes, mapping: ColumnMapping | None) -> Looked:
    """A table with the given mapping, else the one saved for its columns, else the guessed one."""
    guess = propose(content, shown.name)
    if mapping is not None:
        return replace(shown, mapping=mapping, sample=guess.sample)
    saved = saved_mapping(tuple(guess.sample))
    if saved is not None:
        return replace(shown, mapping=saved, sample=guess.sample, saved=True)
    return replace(shown, mapping=guess.mapping, sample=guess.sample, reasons=guess.reasons)


# ---------------------------------------------------------------- mappings that are kept


def _place_of(columns: tuple[str, ...]) -> Path:
    name = hashlib.sha256(json.dumps(list(columns), ensure_ascii=False).encode()).hexdigest()[:32]
    return _folder() / "mappings" / f"{name}.json"


def saved_mapping(columns: tuple[str, ...]) -> ColumnMapping | None:
    """The mapping that was saved for tables with these columns; None where there is none that can be read."""
    place = _place_of(columns)
    if not place.is_file():
        return None
    try:
        return read_mapping(place.read_bytes())
    except Refused:
        return None


def save_mapping(user: Any, columns: tuple[str, ...], mapping: ColumnMapping) -> None:
    """Save a mapping for all tables with these columns; the one before gives way."""
    _allow(user)
    write_whole(_place_of(columns), mapping.to_bytes() + b"\n", replace=True)
    told("mapped", user.get_username(), name=", ".join(columns)[:60])


# ---------------------------------------------------------------- taking in


def take_in(user: Any, looked: Looked) -> tuple[Appended, str]:
    """Declare the streams and append all blocks in one go; the file waits no longer. Also where in the data folder rows
    are that did not go in, «» where there are none.

    Raises PermissionDenied, Refused where nothing can go in or the disk does not take it; then nothing is written.
    """
    _allow(user)
    good = looked.good
    if not good:
        raise Refused(*(looked.refused or (finding("site.data.nothing", "file", name=looked.name),)))
    lake = lake_of(_folder(), new=True)
    lake.declare({one.stream.id: one.stream for one in good if one.stream is not None}.values())
    kept = keep_rows(lake.folder, looked.imported, looked.name, looked.digest) if looked.imported is not None else ()
    done = lake.append([one.block for one in good if one.block is not None])
    told(
        "measured",
        user.get_username(),
        looked.digest,
        name=looked.name,
        readings=done.readings,
        new=len(done.new),
        streams=", ".join(one.stream.id for one in good if one.stream is not None)[:300],
    )
    give_up(user, looked.digest)
    return done, "".join(Path(one.where).relative_to(_folder()).as_posix() for one in kept[:1])


def known_blocks(looked: Looked) -> frozenset[str]:
    """Digests of blocks of a file that the lake has already."""
    there = {row["digest"] for row in held.block_rows()}
    return frozenset(one.block.digest for one in looked.good if one.block is not None and one.block.digest in there)
