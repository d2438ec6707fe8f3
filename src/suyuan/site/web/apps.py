"""Templates, tags and static files as a Django application; it has no tables."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages."""

    name = "suyuan.site.web"
    label = "web"
