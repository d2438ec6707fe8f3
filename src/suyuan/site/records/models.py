"""The tables, gathered for Django; each word has its own file."""

from __future__ import annotations

from suyuan.site.records.authority import Authority

__all__ = ["Authority"]
