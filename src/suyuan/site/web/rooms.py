"""All rooms: every page that has an entrance of its own, in groups, each with what one does there."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from suyuan.site.web.reach import opened_named

GROUPS: Mapping[str, tuple[str, ...]] = {
    "measure": (
        "today",
        "find",
        "certificates",
        "receive",
        "type_in",
        "trace",
        "what_if",
        "evaluate",
        "calculate",
        "examples",
        "studies",
    ),
    "data": ("data", "data_import", "dataset_new", "data_grants"),
    "carbon": ("carbon", "carbon_new", "carbon_change", "carbon_improved", "carbon_factors"),
    "compare": ("comparisons", "comparison_new"),
    "serve": ("match", "need_new", "capabilities", "resources", "orders"),
    "close": ("gaps", "industries", "challenges", "research"),
    "people": ("people", "people_may", "bases", "practice", "contests"),
    "centres": ("centres", "candidates", "panels", "guidelines"),
    "account": ("public", "commitments", "registers", "open_data"),
}
"""Group → URL names of its pages; their words are `rooms.…`, what one does there `rooms.….does`."""


def rooms(request: HttpRequest) -> HttpResponse:
    """The list of all pages; those that this site does not have, or that are not for the reader, are left out."""
    groups = [
        {
            "key": f"rooms.group.{group}",
            "rows": [
                {"address": found, "key": f"rooms.{name}", "does": f"rooms.{name}.does"}
                for name in names
                if (found := opened_named(name))
            ],
        }
        for group, names in GROUPS.items()
    ]
    return render(request, "rooms.html", {"groups": [group for group in groups if group["rows"]]})
