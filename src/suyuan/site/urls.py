"""Addresses. Pages name themselves in `web/pages.py`; what stands around them is here."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from suyuan.site.web import enter, look

urlpatterns = [
    path("", include("suyuan.site.web.pages")),
    path("login", enter.SignIn.as_view(), name="login"),
    path("logout", enter.leave, name="logout"),
]
if settings.DEMO:
    urlpatterns.append(path("enter", enter.enter, name="enter"))
if settings.DEMO or settings.DEBUG:
    urlpatterns.append(path("look", look.look, name="look"))

handler400 = "suyuan.site.web.shell.bad_request"
handler403 = "suyuan.site.web.shell.forbidden"
handler404 = "suyuan.site.web.shell.not_found"
handler500 = "suyuan.site.web.shell.failed"
