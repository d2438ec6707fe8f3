"""Tables that units' years name, such as the rows of a stack: each enterprise has a folder of its own in a data folder.

A document names a file by its name only, so that none reaches the tables of another enterprise.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from suyuan.quantity.finding import Refused
from suyuan.store.case_files import case_path

FOLDER = "carbon"
"""The folder of a data folder in which documents and tables of carbon lie."""
_digests: dict[tuple[str, int, int], str] = {}
"""Path and state of a file → its SHA-256."""
_PLAIN = re.compile(r"[\w-]{1,60}")


def own_folder(data: Path, enterprise: str) -> Path:
    """The folder of an enterprise's tables: its name where every file system takes it as it is, else a mark of it.

    >>> own_folder(Path("d"), "演示滨江发电厂").name, own_folder(Path("d"), "../Other").name[:5]
    ('演示滨江发电厂', '~bccd')
    """
    plain = _PLAIN.fullmatch(enterprise) and unicodedata.normalize("NFC", enterprise).casefold() == enterprise
    name = enterprise if plain else "~" + hashlib.sha256(enterprise.encode("utf-8")).hexdigest()[:24]
    return data / FOLDER / name


def digests_of(names: Iterable[str], *folders: Path) -> frozenset[str]:
    """SHA-256 of the tables of some names in the first of some folders that has them; those in none are left out."""
    found = set()
    for name in names:
        try:
            path = case_path(name, *folders)
            state = path.stat()
        except (Refused, OSError):
            continue
        mark = (str(path), state.st_mtime_ns, state.st_size)
        if mark not in _digests:
            with path.open("rb") as file:
                _digests[mark] = hashlib.file_digest(file, "sha256").hexdigest()
        found.add(_digests[mark])
    return frozenset(found)
