"""Which certificate a name on the command line means: a digest, issuer/number, or a number that only one bears."""

from __future__ import annotations

import re

from suyuan.certificate.certificate import Certificate
from suyuan.quantity.finding import Refused, finding
from suyuan.traceability.evidence import Evidence, Key
from suyuan.traceability.resolve import describe

_DIGEST = re.compile(r"[0-9a-f]{8,64}", re.IGNORECASE)


def key_named(evidence: Evidence, text: str) -> Key | str:
    """The key of a certificate, saved result or anchor for `trace`. Raises Refused for an unknown or ambiguous name.

    Issuers and numbers may themselves contain a slash, so every split is tried.
    """
    keys = {c.key for c in evidence.certificates} | {r.key for r in evidence.results}
    keys |= {(a.issuer, a.number) for a in evidence.anchors}
    for at in (i for i, c in enumerate(text) if c == "/"):
        if (text[:at], text[at + 1 :]) in keys:
            return (text[:at], text[at + 1 :])
    bearing = sorted(key for key in keys if key[1] == text)
    if len(bearing) == 1:
        return bearing[0]
    if len(bearing) > 1:
        names = ", ".join("/".join(key) for key in bearing)
        raise Refused(finding("cli.name.ambiguous", text, name=text, names=names))
    digests = {c.digest for c in evidence.certificates} | {r.digest for r in evidence.results}
    if _DIGEST.fullmatch(text):
        found = [digest for digest in digests if digest.startswith(text.lower())]
        if len(found) == 1:
            return found[0]
        if found:
            raise Refused(finding("cli.name.ambiguous", text, name=text, names=", ".join(sorted(found))))
    raise Refused(finding("cli.name.unknown", text, name=text, near=_nearest(text, keys)))


def certificate_named(evidence: Evidence, text: str) -> Certificate:
    """The certificate that a name means."""
    key = key_named(evidence, text)
    found = [c for c in evidence.certificates if (c.digest == key if isinstance(key, str) else c.key == key)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(finding("cli.name.unknown", text, name=text, near=""))
    raise Refused(finding("cli.name.ambiguous", text, name=text, names=", ".join(describe(c) for c in found)))


def _nearest(text: str, keys: set[Key]) -> str:
    import difflib

    names = {"/".join(key) for key in keys} | {key[1] for key in keys}
    return ", ".join(difflib.get_close_matches(text, sorted(names), 3, 0.5))
