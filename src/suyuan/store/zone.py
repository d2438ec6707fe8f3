"""The time zone of the house, in which a day begins: `SUYUAN_TIME_ZONE`, else Asia/Shanghai; for terminal and site.

A moment that is written bears the offset of the house, and its day is the day that it bears. So the days of events are
the same wherever a document is read, and those of the machine it is read on do not matter.
"""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from suyuan.quantity.finding import Refused, finding

VARIABLE = "SUYUAN_TIME_ZONE"
DEFAULT = "Asia/Shanghai"


def zone_name() -> str:
    """The name of the zone."""
    return os.environ.get(VARIABLE, "").strip() or DEFAULT


def house_zone() -> tzinfo:
    """The zone. Raises Refused for a name that nobody knows."""
    name = zone_name()
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        if name == DEFAULT:  # a machine without the table of zones; this one has had one offset since 1991
            return timezone(timedelta(hours=8), DEFAULT)
        raise Refused(finding("store.zone.unknown", VARIABLE, given=name[:60])) from None


def house_day() -> date:
    """Today, as the house counts its days."""
    return datetime.now(house_zone()).date()
