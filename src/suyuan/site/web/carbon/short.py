"""A digest of carbon in fewer digits than it has: leads to its page where exactly one document begins so."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from suyuan.site.acts.carbon import held
from suyuan.site.terms import term


@require_safe
def opened(request: HttpRequest, page: str, short: str) -> HttpResponse:
    """Leads to `carbon_PAGE` of the document that somebody may see; Http404 for none, the day where there are more."""
    found = held.beginning(request.user, PAGES[page], short)
    if not found:
        raise Http404
    if len(found) > 1:
        messages.warning(request, term("carbon.short.many", given=short))
        return redirect("carbon")
    query = request.GET.urlencode()
    return redirect(reverse(f"carbon_{page}", args=[found[0]]) + (f"?{query}" if query else ""))


PAGES = {"claim": "claim", "verify": "claim", "statement": "verification", "meters": "plant"}
"""Page → kind of the document that it shows."""
