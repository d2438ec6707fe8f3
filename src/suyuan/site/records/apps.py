"""The records as a Django application."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RecordsConfig(AppConfig):
    """Tables over documents, work that moves through states, the log; groups and permissions."""

    name = "suyuan.site.records"
    label = "records"
    verbose_name = "记录 Records"

    def ready(self) -> None:
        from suyuan.site.records.authority import ensure_groups

        # After each migration, when Django has made the permission rows themselves.
        post_migrate.connect(ensure_groups, sender=self, dispatch_uid="suyuan.groups")
