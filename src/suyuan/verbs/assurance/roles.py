"""What each column of a study's table is for, in Chinese and English: said where a column is not recognised."""

from __future__ import annotations

from collections.abc import Mapping

Role = tuple[str, str]
ROLES: Mapping[str, Role] = {
    "operator": ("谁测的，字或数", "who measured, a word or a number"),
    "part": ("哪一件，字或数", "which part, a word or a number"),
    "trial": ("第几次，可无", "which repetition, may be absent"),
    "value": ("读数，一格一个数", "the reading, a number a cell"),
    "reference": ("参考值，一格一个数", "the reference value, a number a cell"),
    "count": ("该值出现几次，可无", "how often that value was read, may be absent"),
    "appraiser": ("谁判的", "who decided"),
    "decision": ("判定：0、1 或任何词", "the decision: 0, 1 or any word"),
    "attribute_agreement.reference": ("每件的正确判定，可无", "the right decision of the part, may be absent"),
    "time": ("时间，一个数（如天数）", "the time, a number, as days"),
    "subgroup": ("属于哪个子组", "which subgroup it belongs to"),
    "size": ("样本量，可无", "the sample size, may be absent"),
    "s": ("该次的标准偏差，一个数", "the standard deviation of the occasion, a number"),
    "dof": ("s 的自由度，可无", "the degrees of freedom of s, may be absent"),
    "x": ("横坐标，一个数", "the abscissa, a number"),
    "y": ("纵坐标，一个数", "the ordinate, a number"),
    "artefact": ("哪件样品", "which artefact"),
    "gauge": ("哪台量具", "which gauge"),
    "run": ("第几批，恰好两批", "which run, exactly two"),
    "Q_MP": ("4u/T，一个数", "4u/T, a number"),
    "Cp": ("观测到的 Cp，一个数", "the observed Cp, a number"),
    "n": ("该段内校准了几台", "how many were calibrated in that bin"),
    "in_tolerance": ("其中几台合格", "how many of them were in tolerance"),
    "drift": ("自上次校准的漂移，一个数", "the drift since calibration, a number"),
    "master": ("总表的电量，一个数", "the energy of the master meter, a number"),
    "date": ("日期，如 2026-01-31", "the date, as 2026-01-31"),
    "colocation.time": ("一天中的时刻，可无", "the time of day, may be absent"),
    "colocation.reference": ("参考仪器的值，一个数", "the value of the reference instrument, a number"),
    "sensor": ("传感器的示值，一个数", "what the sensor shows, a number"),
    "point": ("点名，各不相同", "the name of the point, each its own"),
    **{f"survey_points.{a}": (f"测得的 {a} 坐标", f"the measured coordinate {a}") for a in "xyz"},
    **{f"design_{a}": (f"设计的 {a} 坐标", f"the coordinate {a} of the design") for a in "xyz"},
    **{f"u_{a}": (f"该点 {a} 的标准不确定度，可无", f"standard uncertainty of {a}, may be absent") for a in "xyz"},
}
"""Name of a column, or kind.name where a kind means something of its own by it → what it is for."""


def role(kind: str, name: str) -> Role:
    """What a column of a kind is for.

    >>> role("gauge_rr", "operator")[1]
    'who measured, a word or a number'
    """
    return ROLES.get(f"{kind}.{name}") or ROLES[name]
