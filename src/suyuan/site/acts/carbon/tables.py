"""Tables that come beside a plant's document: kept with its enterprise, not exchanged once a document rests on them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.plant import Plant
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import store
from suyuan.site.acts.carbon import held
from suyuan.store.carbon_tables import digests_of, own_folder
from suyuan.store.case_files import LARGEST, case_path
from suyuan.verbs.carbon.shared import files_in, files_named


def take(enterprise: str, known: Sequence[str], given: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Keep tables with the enterprise of a document that names them; nothing of them where one is refused.

    known: names that the document has; given: name as it came → bytes. Returns an error for each that the document does
    not name, that is too large, or that is another one than documents which are kept rest on.
    """
    folder = own_folder(store.store().folder, enterprise)
    told = [item for name, data in given.items() for item in _fault(folder, enterprise, known, (name, data))]
    if told:
        return tuple(told)
    for name, data in given.items():
        _write(folder / name, data)
    return ()


def take_beside(user: Any, data: bytes, given: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Keep tables beside a document that is not read yet, so that they need not come again once it is mended; where
    that cannot be, it is told that they must.

    data: of the document, whatever is wrong with it.
    """
    if not given:
        return ()
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        content = None
    enterprise = content.get("enterprise") if isinstance(content, dict) else None
    again = finding("site.carbon.table_again", "tables", "warning", names=", ".join(given)[:300])
    if not isinstance(enterprise, str) or not held.may_make(user, enterprise.strip() or "—"):
        return (again,)
    if told := take(enterprise.strip(), files_in(content), given):
        return (*told, again)
    return kept_told(given)


def kept_told(given: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """That tables were taken though no claim follows yet, so that they need not come again; nothing where none came."""
    return (finding("site.carbon.table_held", "tables", "note", names=", ".join(given)[:300]),) if given else ()


def _fault(folder: Path, enterprise: str, known: Sequence[str], table: tuple[str, bytes]) -> list[Finding]:
    name, data = table
    if name not in known or "/" in name or "\\" in name:
        return [finding("site.carbon.table_unnamed", "tables", name=name[:120], known=", ".join(known)[:400] or "—")]
    if len(data) > LARGEST:
        return [finding("site.carbon.table_large", "tables", name=name[:120], limit=LARGEST // 1_000_000)]
    try:
        path = case_path(name, folder)
    except Refused as refused:
        missing = all(item.code == "store.case_file.missing" for item in refused.findings)
        return [] if missing else list(refused.findings)
    resting = (one.plant for one in held.every_plant() if one.plant.enterprise == enterprise)
    if path.read_bytes() != data and any(name in files_named(one) for one in resting):
        return [finding("site.carbon.table_kept", "tables", name=name[:120])]
    return []


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(made, path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def digests(claim: Claim) -> frozenset[str]:
    """SHA-256 of the tables behind a claim; empty where its document is not here."""
    behind = held.plant_behind(claim)
    return frozenset() if behind is None else of_plant(behind.plant)


def of_plant(plant: Plant) -> frozenset[str]:
    """SHA-256 of the tables that a plant's year names and that are here."""
    return digests_of(files_named(plant), own_folder(store.store().folder, plant.enterprise))
