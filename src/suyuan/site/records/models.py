"""The tables, gathered for Django; each word has its own file."""

from __future__ import annotations

from suyuan.site.records.authority import Authority
from suyuan.site.records.comparison import ProtocolVersion, Round, RoundEvent, RoundReport, SealedEnvelope
from suyuan.site.records.document import Document, Stated
from suyuan.site.records.log import Log
from suyuan.site.records.matter import MatterEvent, MatterRecord

__all__ = [
    "Authority", "Document", "Log", "MatterEvent", "MatterRecord", "ProtocolVersion", "Round", "RoundEvent",
    "RoundReport", "SealedEnvelope", "Stated",
]  # fmt: skip
