"""Rows that are only added to: what happened is never changed and never removed, not even by us."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

REASON = "what happened is only added to"


class Fixed(Exception):
    """Somebody tried to change what has been written."""


class Kept(models.QuerySet[Any]):
    """Rows that are only added to."""

    def update(self, **_: Any) -> NoReturn:
        raise Fixed(REASON)

    def delete(self) -> NoReturn:
        raise Fixed(REASON)


class Added(models.Model):
    """A row that is added and never changed or removed."""

    objects = Kept.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Fixed(REASON)
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise Fixed(REASON)
