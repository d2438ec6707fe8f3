"""The log: who did what, when, to which document. Rows are added and never changed or removed, not even by us."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

ACTS = ("found", "received", "typed", "refused", "rebuilt")


class Fixed(Exception):
    """Somebody tried to change what has been written."""


class Lines(models.QuerySet["Log"]):
    """Rows of the log; there is no way to change or remove them."""

    def update(self, **_: Any) -> NoReturn:
        raise Fixed("the log is only added to")

    def delete(self) -> NoReturn:
        raise Fixed("the log is only added to")


class Log(models.Model):
    """One act. user: the account's name, «» where the site itself noticed something; digest: of the document, «» where
    none was kept; note: what is needed to read the line later, as it was then."""

    time = models.DateTimeField(db_index=True)
    user = models.CharField(max_length=150, blank=True)
    act = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    note = models.JSONField(default=dict)

    objects = Lines.as_manager()

    class Meta:
        ordering = ("-time", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M} {self.user} {self.act} {self.digest[:12]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Fixed("the log is only added to")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise Fixed("the log is only added to")
