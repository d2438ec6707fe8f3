"""An English page is English: Chinese stands there only where a name or a text exists in no other language, marked."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from lxml import html as parsed

ROLES = ("metrologist", "customer", "director", "regulator", "trainee")
ELSEWHERE = (
    "/static", "/enter", "/look", "/logout", "/login", "/comparisons", "/calculate", "/evaluate", "/certificates",
    "/trace", "/what",
)  # fmt: skip
"""Pages of other parts, and what is no page."""
LINES_OF_THE_LOG = re.compile(r'<section class="sec" id="since">.*?</section>', re.DOTALL)
HAN = re.compile("[\u3400-\u9fff]")
NAMES = (
    "演示国家计量院", "演示市计量院", "演示船用柴油机厂计量室", "演示动力电池厂实验室", "演示港口量具站",
    "演示力学校准实验室", "演示充电设备检测站", "演示气体分析中心", "演示热工实验室", "演示华东长度站", "演示轴承厂",
    "演示充电运营公司", "演示热电厂", "演示认可委", "演示市财政局", "演示服务收入", "演示省局", "演示市场监督管理局",
    "演示市场监管部门", "演示大学", "演示西部计量院", "演示船级社", "演示新能源检测院", "演示校准员", "演示测量员",
    "演示业务受理室", "演示数据，虚构", "演示碳计量中心", "演示散料衡器站", "演示煤质检验中心", "演示燃料化验站",
    "演示核查机构",
)  # fmt: skip
"""Organisations and persons of the demo that have one name only."""
PAPERS = (r"沪市监书〔2024〕130号", r"苏市监规〔2024〕10号", r"津市场监管计〔2025〕14号", r"演示选手[甲乙丙丁戊己庚]")
TYPED = (
    "激光基准重校", "环规比较装置复现", "每月 40 件", "的标准器证书已被撤回，能力仍在声明", "需求清单的企业少于限值",
    "U 栏填的是 u，结果表述里写的是 U", "以栏内所填为准", "业务受理室", "静重式小扭矩标准装置", "小扭矩静重法校准方法",
    "网格法平行测量", "实物检定",
    "量块干涉测量（演示）", "标准量块", "（演示）",
    "斜率", "截距", "乘常数", "加常数", "相对示值误差", "示值误差",
)  # fmt: skip
"""What persons of the demo wrote in their own language."""
CARBON = (
    "演示滨江发电厂", "演示临港钢铁厂", "演示南岭林场", "演示煤质化验室", "演示碳管理员", "号机组", "炼钢系统",
    "高炉系统（碳平衡）", "喷吹煤",
    "人工林", "号烟囱", "入炉煤", "购入电力", "天然气", "焦炭", "电极", "白云石", "石灰石", "粗钢", "铬铁", "的因子",
    "缺省热值与碳", "氧化率", "汽车衡校准", "皮带秤校准", "皮带秤重复性", "皮带秤", "关口电能表", "启备变", "引风机",
    "送风机", "给水泵", "脱硫循环泵", "电能表", "燃气流量计", "供热蒸汽流量计", "碳分析仪的标准气体", "每班",
    "化验班", "燃运分场", "电气分场", "演示：标准原文尚未核对，暂按此值", "流速仪证书", "被撤销，改用",
    "演示：该年度的核算因子尚未公布，暂取最近公布的全国平均（能源统计用）", "入炉煤量多录一车",
)  # fmt: skip
"""Units, sources, meters and people of the demo's carbon years, and what its carbon manager wrote."""
KNOWN = re.compile(
    "|".join([*map(re.escape, sorted((*NAMES, *TYPED, *CARBON), key=len, reverse=True)), *PAPERS, "中文"])
)


@pytest.fixture
def pages(client: Callable[..., Any]) -> Iterator[tuple[str, str, str]]:
    """(role, address, page): the first page of each role, and one page of every kind that links lead to."""
    return _walked(client)


def _walked(client: Callable[..., Any]) -> Iterator[tuple[str, str, str]]:
    kinds: set[str] = set()
    for role in ROLES:
        reader, todo = client(role, "en"), ["/", "/all"]
        while todo:
            address = todo.pop(0)
            if _kind(address) in kinds and address != "/":
                continue
            kinds.add(_kind(address))
            answer = reader.get(address)
            if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
                continue
            page = answer.content.decode()
            page = LINES_OF_THE_LOG.sub("", page)  # they name what other tests put in
            yield role, address, page
            todo += _links(address, page)


def _kind(address: str) -> str:
    """Addresses that differ in identifiers, numbers and what is asked for are of one kind."""
    path, _, query = address.partition("?")
    asked = query.partition("=")[0]
    return re.sub(r"[^/]*[\d%][^/]*", "*", path) + ("?" + asked if asked else "")


def _links(address: str, page: str) -> Iterator[str]:
    for link in re.findall(r'href="([^"]+)"', page):
        parts = urlsplit(urldefrag(urljoin(f"http://localhost{address}", html.unescape(link)))[0])
        wanted = parts.netloc == "localhost" and not parts.path.startswith(ELSEWHERE) and "lang=" not in parts.query
        if wanted and not re.search(r"\.[a-z]{3,4}$", parts.path):
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def _texts(page: str) -> Iterator[tuple[str, bool]]:
    """Texts that a reader sees or hears, each with whether it is marked as Chinese; not what fields hold."""
    yield from _inside(parsed.fromstring(page), False)


def _inside(element: Any, chinese: bool) -> Iterator[tuple[str, bool]]:
    if not isinstance(element.tag, str) or element.tag in ("script", "style", "textarea"):
        return
    chinese = element.get("lang", "zh" if chinese else "").startswith("zh")
    free = chinese or element.tag in ("title", "option", "text", "tspan")  # hold no elements that could be marked
    heard = [(element.get(name), True) for name in ("title", "placeholder", "aria-label", "alt", "data-k")]
    for text, marked in [(element.text, free), *((child.tail, free) for child in element), *heard]:
        if text and HAN.search(text):
            yield " ".join(text.split()), marked
    for child in element:
        yield from _inside(child, chinese)


def test_an_english_page_is_english(pages: Iterator[tuple[str, str, str]]) -> None:
    """Everything that the house says is in the language of the page; names of one language only are marked with it."""
    unknown, unmarked, seen = [], [], 0
    for role, address, page in pages:
        seen += 1
        for text, marked in _texts(page):
            if HAN.search(KNOWN.sub("", text)):
                unknown.append((role, address, text))
            if not marked:
                unmarked.append((role, address, text))
    assert seen > 60, "the walk found too few pages to say anything"
    assert not unknown, "\n".join(map(str, unknown[:40]))
    assert not unmarked, "\n".join(map(str, unmarked[:40]))


def test_chinese_is_marked_where_it_stands() -> None:
    from suyuan.site.web.parts.foreign import marked

    page = '<html lang="en"><p>by 演示院, 演示站 and U = 1</p><p lang="zh-CN">量<b>块</b>规</p><p>环规</p></html>'
    made = marked(page)
    assert '<span lang="zh-CN">演示院</span>, <span lang="zh-CN">演示站</span> and' in made
    assert '<p lang="zh-CN">量<b>块</b>规</p><p><span lang="zh-CN">环规</span></p>' in made
    assert marked(made) == made  # what is marked stays as it is


def test_one_is_no_plural() -> None:
    from suyuan.site.terms import term

    assert term("service.left", "en", n=1) == "1 day left" and term("service.left", "en", n=2) == "2 days left"
    assert term("service.left", "zh", n=1) == "还有 1 天"
