"""Ways from one page to another: by address names, so that a page that this site has not is simply no link."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def certificate_way(digest: str) -> str:
    """The page of one document."""
    return reverse("certificate", args=[digest])


def toward(page: str, of: str) -> str | None:
    """`trace` or `what_if` about one document, by its digest; None where there is no such page."""
    try:
        return reverse(page, args=[of])
    except NoReverseMatch:
        return None


def evaluation_way(digest: str) -> str:
    """The evaluation page with the case of a certificate or saved result."""
    return f"{reverse('evaluate')}?{urlencode({'from': digest})}"


def broken_way(of: str) -> str:
    """Where somebody sees how a document's chain is broken: the trace, else its own page."""
    return toward("trace", of) or f"{certificate_way(of)}#chain"
