"""The tables, gathered for Django; each word has its own file."""

from __future__ import annotations

from suyuan.site.records.authority import Authority
from suyuan.site.records.document import Document, Stated
from suyuan.site.records.log import Log

__all__ = ["Authority", "Document", "Log", "Stated"]
