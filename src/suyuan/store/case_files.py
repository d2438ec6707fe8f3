"""Files that a case names: looked for beside the case, then in the folder of reference files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from suyuan.quantity.finding import Finding, Refused, finding

LARGEST = 64_000_000
REFERENCE = "SUYUAN_REFERENCE"
USUAL = Path("../shared/reference")
"""Where the folder is when the environment does not say."""
Files = Callable[[str], bytes]
"""Name of a file as a case writes it → its bytes; raises Refused."""


def case_files(beside: Path | None, reference: Path | None = None) -> Files:
    """A reader of the files that a case names, for `suyuan.verbs.cases.answer`.

    beside: the folder of the case, None where it has none; reference: the folder of reference files, by default what
    the environment variable SUYUAN_REFERENCE names. The reader opens files below these folders only, and raises Refused
    for a name that leads elsewhere, a file that is in neither, one that cannot be read, and one that is too large.
    """
    other = reference or Path(os.environ.get(REFERENCE) or USUAL)

    def read(name: str) -> bytes:
        found = case_path(name, beside, other)
        try:
            if found.stat().st_size > LARGEST:
                raise Refused(finding("store.case_file.large", "/input/file", name=name[:120], limit=LARGEST))
            return found.read_bytes()
        except OSError as error:
            raise Refused(_unreadable(name, error)) from None

    return read


def case_path(name: str, *folders: Path | None) -> Path:
    """Where a file lies that a case names, in the first of some folders that has it. Raises Refused as `case_files`."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name:
        raise Refused(finding("store.case_file.outside", "/input/file", name=name[:120]))
    known = [folder for folder in folders if folder is not None]
    for folder in known:
        try:
            if (folder / path).is_file():
                return folder / path
        except OSError as error:
            raise Refused(_unreadable(name, error)) from None
    looked = "; ".join(str(folder) for folder in known)
    raise Refused(finding("store.case_file.missing", "/input/file", name=name[:120], looked=looked))


def _unreadable(name: str, error: OSError) -> Finding:
    return finding("store.case_file.unreadable", "/input/file", name=name[:120], reason=error.strerror or error)
