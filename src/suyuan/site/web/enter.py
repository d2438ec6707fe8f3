"""Coming in: by role in the demonstration (on this machine only), by account and password otherwise."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from suyuan.site.records.authority import DEMO_PEOPLE


def on_this_machine(request: HttpRequest) -> bool:
    """Whether the request came over loopback."""
    try:
        return ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", ""))).is_loopback
    except ValueError:
        return False


def next_page(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is on this site; else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@login_not_required
def enter(request: HttpRequest) -> HttpResponse:
    """Choose a role; only in the demonstration and only on this machine."""
    if not settings.DEMO or not on_this_machine(request):
        raise PermissionDenied
    if request.method == "POST":
        role = request.POST.get("role", "")
        if role not in DEMO_PEOPLE:
            return redirect("enter")
        person = User.objects.get(username=role)
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
        return HttpResponseRedirect(next_page(request))
    present = request.user.get_username() if request.user.is_authenticated else ""
    roles = [
        {"role": role, "zh": names[0], "en": names[1], "title": f"role.{role}", "may": f"role.{role}.may"}
        for role, names in DEMO_PEOPLE.items()
    ]
    return render(request, "enter.html", {"roles": roles, "present": present, "next": request.GET.get("next", "")})


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    """Django's own sign-in in our look."""

    template_name = "login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["nobody"] = not User.objects.exists()
        context["folder"] = settings.DATA or ""
        return context
