"""What is known today of the certificates that a version cites: a version never changes, their standing does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Finding, finding
from suyuan.series.dataset.certificate_document import as_known, document_digest
from suyuan.series.dataset.moment import text_of
from suyuan.series.dataset.version import DatasetVersion
from suyuan.series.view import View


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A cited certificate that is withdrawn. id: of the correction as cited; start: µs, from which readings on; known:
    µs, when it was known; later: the version does not take it into account, its values still rest on it."""

    id: str
    certificate: str
    start: int
    known: int
    later: bool = True

    def fields(self) -> dict[str, str]:
        """As the fields of a document."""
        return {"certificate": self.certificate, "from": text_of(self.start), "known": text_of(self.known)}

    def reaches(self, seen: Iterable[View]) -> bool:
        """Whether some of the readings in the views of a stream are corrected by it."""
        return any(
            len(view) and int(view.block.time.max()) >= self.start
            and any(c is not None and c.id == self.id for c in view.windows.corrections)
            for view in seen
        )  # fmt: skip


def withdrawn(version: DatasetVersion, corrections: Iterable[Correction], now: int) -> tuple[Withdrawn, ...]:
    """The certificates of a version that are withdrawn, as known at `now` (µs), one an id.

    corrections: with the newest that is known of each. One that is withdrawn from a day on is cut there: its later
    piece («id 1») carries the withdrawal.
    """
    gone = [c for c in corrections if c.withdrawn_known is not None and c.withdrawn_known <= now]
    found = []
    for cited in version.certificates:
        mine = [c for c in gone if c.id == cited.id or c.id.startswith(f"{cited.id} ")]
        if mine:
            known = min(c.withdrawn_known for c in mine if c.withdrawn_known is not None)
            start = min(c.valid_from for c in mine)
            taken = all(_taken(version, c) for c in mine)
            found.append(Withdrawn(cited.id, cited.certificate, start, known, not taken))
    return tuple(found)


def _taken(version: DatasetVersion, one: Correction) -> bool:
    """Whether a version cites a correction as withdrawn; what was stated for an earlier day may have come later."""
    held = as_known((one,), version.known)
    digests = {n.digest for n in version.certificates}
    return any(c.withdrawn_known is not None and document_digest(c) in digests for c in held)


def told(where: str, found: Iterable[Withdrawn]) -> tuple[Finding, ...]:
    """The warnings that values rest on a withdrawn certificate, one a certificate."""
    first: dict[str, Withdrawn] = {}
    for one in found:
        if one.later:
            first.setdefault(one.certificate, one)
    return tuple(
        finding("sharing.certificate.withdrawn", where, "warning", "ISO/IEC 17025:2017, 7.10",
                certificate=one.certificate, start=text_of(one.start), known=text_of(one.known))
        for one in first.values()
    )  # fmt: skip
