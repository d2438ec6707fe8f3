"""The log: who did what, when, to which document. Rows are added and never changed or removed, not even by us."""

from __future__ import annotations

from django.db import models

from suyuan.site.records.added import Added

ACTS = ("found", "received", "typed", "refused", "rebuilt")


class Log(Added):
    """One act. user: the account's name, «» where the site itself noticed something; digest: of the document, «» where
    none was kept; note: what is needed to read the line later, as it was then."""

    time = models.DateTimeField(db_index=True)
    user = models.CharField(max_length=150, blank=True)
    act = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    note = models.JSONField(default=dict)

    class Meta:
        ordering = ("-time", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M} {self.user} {self.act} {self.digest[:12]}"
