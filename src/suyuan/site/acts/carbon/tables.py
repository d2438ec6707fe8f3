"""Tables that come beside a plant's document: kept with its enterprise, not exchanged once a document rests on them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.plant import Plant
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import store
from suyuan.site.acts.carbon import held
from suyuan.store.carbon_tables import digests_of, own_folder
from suyuan.store.case_files import LARGEST, case_path
from suyuan.verbs.carbon.shared import files_named


def take(plant: Plant, given: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Keep tables with the enterprise of a document that names them; nothing of them where one is refused.

    given: name as it came → bytes. Returns an error for each that the document does not name, that is too large, or
    that is another one than documents which are kept rest on.
    """
    folder = own_folder(store.store().folder, plant.enterprise)
    told = [item for name, data in given.items() for item in _fault(folder, plant, name, data)]
    if told:
        return tuple(told)
    for name, data in given.items():
        _write(folder / name, data)
    return ()


def _fault(folder: Path, plant: Plant, name: str, data: bytes) -> list[Finding]:
    known = files_named(plant)
    if name not in known or "/" in name or "\\" in name:
        return [finding("site.carbon.table_unnamed", "tables", name=name[:120], known=", ".join(known)[:400] or "—")]
    if len(data) > LARGEST:
        return [finding("site.carbon.table_large", "tables", name=name[:120], limit=LARGEST // 1_000_000)]
    try:
        path = case_path(name, folder)
    except Refused as refused:
        missing = all(item.code == "store.case_file.missing" for item in refused.findings)
        return [] if missing else list(refused.findings)
    resting = (one.plant for one in held.every_plant() if one.plant.enterprise == plant.enterprise)
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
