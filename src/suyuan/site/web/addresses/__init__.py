"""Addresses of the service system, a file a word; `web.pages` gathers them."""

from __future__ import annotations

from suyuan.site.web.addresses import (
    carbon,
    carbon_service,
    centres,
    contests,
    data,
    match,
    matters,
    people,
    public,
    studies,
)

urlpatterns = [
    *match.urlpatterns,
    *matters.urlpatterns,
    *people.urlpatterns,
    *contests.urlpatterns,
    *centres.urlpatterns,
    *public.urlpatterns,
    *studies.urlpatterns,
    *data.urlpatterns,
    *carbon.urlpatterns,
    *carbon_service.urlpatterns,
]
