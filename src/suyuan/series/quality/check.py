"""All rules over one subject: what they saw, and which could not be asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.quality import calibration, course, plausible
from suyuan.series.quality.examined import Examined
from suyuan.series.quality.observed import Observation
from suyuan.series.quality.rows import in_force

Rule = Callable[[Examined], tuple[Observation, ...]]
RULES: tuple[Rule, ...] = (
    calibration.calibrated, calibration.calibrated_range, calibration.resolution, calibration.certificate_step,
    calibration.as_found, calibration.traceable, plausible.unit, plausible.missing_code, plausible.flagged_zero,
    plausible.intact, plausible.impossible, plausible.register_reset, plausible.current_sign, course.frozen,
    course.spike, course.duplicate_same, course.duplicate_differs, course.clock_unknown, course.clock_back,
    course.clock_future, course.clock_unsynchronised, course.clock_gap, course.clock_doubled, course.completeness,
)  # fmt: skip
"""The rules, each named as its row."""


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What the rules saw. observations: in the order of the rules; asked: rule → version of those that looked;
    unasked: rule → what it lacked (a name in `LACKS`)."""

    subject: Examined
    observations: tuple[Observation, ...]
    asked: dict[str, int]
    unasked: dict[str, str]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The observations in words, after what is wrong with the certificates themselves."""
        return (*self.subject.told, *(one.finding for one in self.observations))


LACKS = ("chain", "as_found", "sampling", "kind", "companion", "marks")


def lacks(subject: Examined, need: str) -> bool:
    """Whether something that a rule needs is not there."""
    around, stream = subject.around, subject.stream
    return {
        "chain": around.broken is None,
        "as_found": not around.adjusted,
        "sampling": stream.sampling is None,
        "kind": plausible.kind_of(stream.quantity) is None,
        "companion": plausible.is_current(stream) and around.companion is None,
        "marks": len(subject.marks[0]) < 2,
    }.get(need, False)


def check(subject: Examined, only: Collection[str] = ()) -> Checked:
    """Apply the rules that are in force on the day of the subject.

    only: ids of rules, all where empty. Raises Refused for an id that no rule has.
    """
    rows = in_force(subject.day)
    unknown = sorted(set(only) - set(rows))
    if unknown:
        raise Refused(finding("series_quality.rule.unknown", unknown[0], given=unknown[0], known=", ".join(rows)))
    seen: list[Observation] = []
    asked: dict[str, int] = {}
    unasked: dict[str, str] = {}
    for rule in RULES:
        name = rule.__name__
        row = rows.get(name)
        if row is None or (only and name not in only):
            continue
        need = str(row.get("needs", ""))
        if need and lacks(subject, need):
            unasked[name] = need
            continue
        asked[name] = int(row["version"])
        if len(subject):
            seen += rule(subject)
    return Checked(subject, tuple(seen), asked, unasked)
