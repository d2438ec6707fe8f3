"""The papers of a claim as files: the annual report in the formats that an office asks for."""

from __future__ import annotations

from suyuan.carbon.claim.claim import Claim
from suyuan.quantity.finding import Refused
from suyuan.report.carbon.annual import annual_report
from suyuan.report.papers.all import MEDIA
from suyuan.report.service.files import files
from suyuan.site.acts import clock
from suyuan.site.acts.carbon import claim as acts

FORMATS = ("pdf", "docx", "xlsx", "html")


def made_document(claim: Claim, form: str) -> tuple[bytes, str]:
    """The annual report of a claim, issued today; its bytes and media type. Raises Refused (no Chinese font)."""
    try:
        check = acts.check(claim)
    except Refused:
        check = None  # the page says why; the report says nothing of it
    paper = annual_report(claim, clock.today(), states=acts.behind(claim).states, check=check)
    made = files(paper.document, paper.fields, "both", (form,))  # type: ignore[arg-type]
    return next(iter(made.values())), MEDIA[form]  # type: ignore[index]
