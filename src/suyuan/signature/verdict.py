"""What was found of a signature: verified, failed, or cannot be verified, and why.

Two questions are kept apart. Whether these bytes were signed with this key is arithmetic. Whether the key is the
signer's is trust: a key that lies beside the data shows that nothing was changed since somebody signed, not who.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from suyuan.quantity.finding import Finding, Severity, finding

State = Literal["verified", "failed", "cannot_verify"]
_RULE = "FIPS 186-5, 6.4.2"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one signature.

    state: «verified»: these bytes were signed with this key; «failed»: they were not, so bytes, signature or key are
    other ones; «cannot_verify»: the question could not be asked; reason: last word of the finding's code; trusted:
    whether the key was given from elsewhere than the signed file itself, None where nothing was verified; findings:
    what, why and what to do.
    """

    state: State
    reason: str
    trusted: bool | None = None
    algorithm: str = ""
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The verdict without its findings."""
        return {"state": self.state, "reason": self.reason, "trusted": self.trusted, "algorithm": self.algorithm}


def verified(where: str, algorithm: str, trusted: bool) -> Verdict:
    """These bytes were signed with this key; a note where the key is the file's own."""
    if trusted:
        return Verdict("verified", "", True, algorithm)
    return Verdict("verified", "", False, algorithm, (_found("signature.key.own", where, "note"),))


def failed(where: str, algorithm: str, code: str = "signature.bytes.changed", **about: object) -> Verdict:
    """Bytes, signature or key are not those that belong together."""
    return Verdict("failed", code.rpartition(".")[2], None, algorithm, (_found(code, where, "error", **about),))


def cannot_verify(where: str, algorithm: str, code: str, **about: object) -> Verdict:
    """The question could not be asked: nothing is said about the bytes."""
    found = _found(code, where, "warning", **about)
    return Verdict("cannot_verify", code.rpartition(".")[2], None, algorithm, (found,))


def _found(code: str, where: str, severity: Severity, **about: object) -> Finding:
    return finding(code, where, severity, _RULE, **about)
