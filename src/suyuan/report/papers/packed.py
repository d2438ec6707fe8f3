"""Office files without a clock in them: the same content packs to the same bytes."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from io import BytesIO

FIRST = (1980, 1, 1, 0, 0, 0)
"""The earliest day that a zip file can carry: no clock goes into it."""
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def undated(packed: bytes, stamp: datetime | None = None) -> bytes:
    """An office file whose parts carry no time of packing; stamp: what its record says instead of its own day."""
    out = BytesIO()
    day = b"" if stamp is None else stamp.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(BytesIO(packed)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if day and name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + day, content)
            new.writestr(zipfile.ZipInfo(name, FIRST), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
