"""The clock of the site: the only place where today is asked for."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from suyuan.site.records.document import DUE_DAYS


def now() -> datetime:
    """This moment in the time zone of the laboratory: what is written from it bears the laboratory's day."""
    return timezone.localtime(timezone.now())


def today() -> date:
    """The day of the laboratory (its time zone, not the server's)."""
    return timezone.localdate()


def due() -> date:
    """The last day of the stretch that counts as «runs out soon»."""
    return today() + timedelta(days=DUE_DAYS)
