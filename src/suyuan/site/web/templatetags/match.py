"""Tags of the pages of needs and capabilities: `{% load match %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from suyuan.quantity.finding import Finding, sentences
from suyuan.site.language import current
from suyuan.site.web.matching import match_parts
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import unbroken

register = template.Library()


@register.simple_tag
def verdict(name: str) -> SafeString:
    """`{% verdict row.verdict %}` mark and word of a verdict."""
    return match_parts.verdict_html(name)


@register.simple_tag
def holding(state: str) -> SafeString:
    """`{% holding row.holding %}` whether a capability holds, mark and word."""
    return match_parts.holding_html(state)


@register.simple_tag
def said_row(key: str, **parameters: Any) -> SafeString:
    """`{% said_row "match.closes" label=… %}` a sentence of the term table with values put in as HTML."""
    return sentence(key, **parameters)


@register.filter
def why(item: Finding) -> SafeString:
    """`{{ finding|why }}` why it is so."""
    return unbroken(sentences(item, current())["why"])
