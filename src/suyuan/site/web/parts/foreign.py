"""Chinese on an English page: names and texts that exist in that language only are marked with it, not translated.

So they are read aloud in their own voice and set in their own letters. One pass over the finished page, since names
come from everywhere: certificates, registers, findings, figures.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from suyuan.site.language import TAGS, current

_HAN = r"[\u3400-\u9fff〔〕《》「」（）]+"
_RUN = re.compile(rf"(?=[〔《「（]*[\u3400-\u9fff]){_HAN}(?:[、。，；：！？0-9]+{_HAN})*[。！？]?")
_TOKEN = re.compile(r"""<!--.*?-->|<(?:[^<>"']|"[^"]*"|'[^']*')*>|[^<]+|<""", re.DOTALL)
_NAME = re.compile(r"</?([A-Za-z][\w:-]*)")
_CHINESE = re.compile(r"""\slang=["']?zh""")
_CLOSED = frozenset({"script", "style", "title", "textarea"})  # nothing can be marked inside
_WHOLE = frozenset({"option", "text", "tspan"})  # can be marked, but hold no elements of a page
_EMPTY = frozenset({"html", "input", "link", "meta", "img", "br", "hr"})  # hold no text, or all of it
_ENGLISH = re.compile(r"[A-Za-z]{3}")
_MARK = f' lang="{TAGS["zh"]}"'


def marked(page: str) -> str:
    """A page in English with its Chinese marked.

    >>> marked('<p title="演示">by 演示市计量院, <i lang="zh-CN">量块</i></p>')
    '<p title="演示">by <span lang="zh-CN">演示市计量院</span>, <i lang="zh-CN">量块</i></p>'
    >>> marked("<option>演示院</option><title>演示</title>")
    '<option lang="zh-CN">演示院</option><title>演示</title>'
    """
    tokens = _TOKEN.findall(page)
    inside, depth, holder = "", 0, -1  # the element in which everything stands as it is, how often it is open
    for n, token in enumerate(tokens):
        if token[0] != "<":
            if not inside and _RUN.search(token):
                tokens[n] = token if holder >= 0 else _RUN.sub(_span, token)
                if holder >= 0 and _MARK not in tokens[holder] and not _ENGLISH.search(token):
                    tokens[holder] = f"{tokens[holder].rstrip('>')}{_MARK}>"
            continue
        found = _NAME.match(token)
        name = found[1].lower() if found else ""
        if inside:
            if name == inside and not token.endswith("/>"):
                depth += -1 if token[1] == "/" else 1
                inside = inside if depth else ""
        elif _opens(token, name) and (name in _CLOSED or _CHINESE.search(token)):
            inside, depth = name, 1
        holder = n if name in _WHOLE and token[1:2] != "/" else -1
    return "".join(tokens)


def _opens(token: str, name: str) -> bool:
    return not token.startswith("</") and not token.endswith("/>") and name not in _EMPTY


def _span(match: re.Match[str]) -> str:
    return f"<span{_MARK}>{match[0]}</span>"


class ForeignMiddleware:
    """Marks the Chinese of English pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        html = response.headers.get("Content-Type", "").startswith("text/html")
        if current() == "en" and html and not response.streaming:
            response.content = marked(response.content.decode()).encode()
        return response
