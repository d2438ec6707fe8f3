"""The length chain of the demo: laser, gauge blocks, working standards, parts of a marine diesel engine.

Figures of the end gauge: JCGM 100:2008 H.1 (calibration of a gauge block against a standard of the same nominal
length). Tolerances of gauge blocks by grade: the project's table of accuracy classes. All else is invented and said
to be so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from suyuan.certificate.certificate import Certificate
from suyuan.cli.demo.shelf import (
    CITY,
    ENGINE,
    NMI,
    Row,
    Shelf,
    both,
    case,
    from_certificate,
    item,
    particulars,
    stated,
    used,
    value,
)

H1 = "JCGM 100:2008 H.1"
END_GAUGE = "ls + d + d_r + d_c - ls*(d_alpha*(theta + delta) + alpha_s*d_theta)"
COMPARED = both("与标准量块比较，JCGM 100:2008 H.1", "comparison with a standard block, JCGM 100:2008 H.1")


@dataclass(frozen=True)
class Standards:
    """The laboratory's own length standards."""

    block: Certificate
    corrected: Certificate
    second: Certificate
    comparator: Certificate


def build(shelf: Shelf) -> None:
    """All certificates of the length chain."""
    standards = _standards(shelf)
    gauges = _end_gauges(shelf, standards)
    _engine_parts(shelf, standards, *gauges)
    _workshop(shelf)


def _standards(shelf: Shelf) -> Standards:
    laser = shelf.paper(
        "DEMO-NMI-L-0633", NMI, ("633 nm 碘稳频激光", "633 nm iodine-stabilised laser", "L633"), (900, -310),
        [value("真空波长", "vacuum wavelength", "632.99121258", "nm", {"U": "0.000000027", "k": "2"})],
        basis="mise en pratique of the metre",
    )  # fmt: skip
    shelf.anchor(
        laser,
        "si_realisation",
        both("米：633 nm 碘稳频激光", "metre: 633 nm iodine-stabilised laser"),
        "recommended value of the CIPM for 633 nm, relative u 2.1e-11 (from memory)",
        "JJG 2056",
    )
    old = _block(shelf, "DEMO-NMI-L-0198", "50.000619", laser, (760, 400))
    block = _block(shelf, "DEMO-NMI-L-0201", "50.000623", laser, (390, -340))
    corrected = _block(shelf, "DEMO-NMI-L-0201A", "50.000667", laser, (390, -340), issued=shelf.ago(9).isoformat())
    shelf.statement(
        "superseded", old, block, block.issued or shelf.today, both("到期重新校准", "recalibrated when due")
    )
    reason = both(
        "空气折射率修正有误；更正本为 0201A，50 mm 块改变 +44 nm",
        "wrong refractive index of air; corrected in 0201A, +44 nm for the 50 mm block",
    )
    shelf.statement("withdrawn", block, corrected, shelf.ago(8), reason)
    second = _block(shelf, "DEMO-NMI-L-0202", "25.000041", laser, (385, -345), serial="KB-13", nominal="25")
    comparator = shelf.paper(
        "DEMO-NMI-L-0417", NMI, ("量块比较仪 CMP-3", "gauge block comparator CMP-3", "CMP-3"), (230, -135),
        [value("系统误差", "systematic error", "0.000", "um", {"U": "0.020", "k": "3", "dof": "8"}, ("-1", "1", "um"))],
        equipment=[used(laser)],
    )  # fmt: skip
    return Standards(block, corrected, second, comparator)


def _block(
    shelf: Shelf, number: str, length: str, laser: Certificate, days: tuple[int, int], *, serial: str = "KB-12",
    nominal: str = "50", **more: Any,
) -> Certificate:  # fmt: skip
    """A certificate of a standard block: U = 0.075 µm with k = 3 and 18 degrees of freedom (GUM H.1.3.1)."""
    thing = (f"标准量块 {serial}，{nominal} mm", f"standard gauge block {serial}, {nominal} mm", serial)
    stated = value("20 °C 时的长度", "length at 20 °C", length, "mm", {"U": "0.000075", "k": "3", "dof": "18"})
    basis = "量块干涉测量（演示）"
    return shelf.paper(number, NMI, thing, days, [stated], basis=basis, equipment=[used(laser)], **more)


def _inputs(standard: Certificate, comparator: Certificate, d: float) -> list[Row]:
    """The inputs of GUM H.1 with its figures; only the mean difference d is the demo's own for other blocks."""

    def rectangular(name: str, centre: float, half: float, unit: str, zh: str, en: str, *source: Any) -> Row:
        return stated(name, "rectangular", {"centre": centre, "half_width": half}, unit, both(zh, en), *source)

    return [
        from_certificate("ls", standard, "0/0", "mm", both("标准量块的长度", "length of the standard")),
        stated("d", "normal", {"mean": d, "std": 5.8e-6}, "mm",
               both("五次读数之差的平均", "mean difference of five readings"), f"{H1}.3.2", 24),
        stated("d_r", "normal", {"mean": 0.0, "std": 3.9e-6}, "mm",
               both("比较仪随机影响", "random effects of the comparator"), f"{H1}.3.2", 5),
        from_certificate(
            "d_c", comparator, "0/0", "mm", both("比较仪系统影响", "systematic effects of the comparator"), 0.2
        ),
        rectangular("alpha_s", 11.5e-6, 2e-6, "1/degC",
                    "标准块膨胀系数", "expansion coefficient of the standard", f"{H1}.3.3"),
        stated("theta", "normal", {"mean": -0.1, "std": 0.2}, "K",
               both("平均温度偏差", "mean deviation of temperature"), f"{H1}.3.4"),
        stated("delta", "arcsine", {"centre": 0.0, "half_width": 0.5}, "K",
               both("温度周期变化", "cyclic variation of temperature"), f"{H1}.3.4"),
        rectangular("d_alpha", 0.0, 1e-6, "1/degC",
                    "膨胀系数之差", "difference of expansion coefficients", f"{H1}.3.5", 50),
        rectangular("d_theta", 0.0, 0.05, "K", "两块温差", "temperature difference", f"{H1}.3.6", 2),
    ]  # fmt: skip


def _end_gauges(shelf: Shelf, s: Standards) -> tuple[Certificate, Certificate, Certificate]:
    day = shelf.ago(120)
    a = _end_gauge(shelf, "DEMO-CITY-L-0101", "EG-50-A", s.block, s.comparator, 215e-6, day, (49.99908, 50.00092))
    b = _end_gauge(shelf, "DEMO-CITY-L-0102", "EG-50-B", s.block, s.comparator, -102e-6, day, (49.99905, 50.00095))
    c = _end_gauge(
        shelf, "DEMO-CITY-L-0103", "EG-25-C", s.second, s.comparator, 64e-6, shelf.ago(95), (24.9997, 25.0003)
    )
    difference = case(
        both("两块端规之差（共用标准量块 KB-12）", "difference of two end gauges that share the standard KB-12"),
        "a - b",
        "mm",
        [
            from_certificate("a", a, "0/0", "mm", both("端规 EG-50-A", "end gauge EG-50-A")),
            from_certificate("b", b, "0/0", "mm", both("端规 EG-50-B", "end gauge EG-50-B")),
        ],
        shelf.ago(60),
        {"lower": 0.0002, "upper": 0.0005},
    )
    shelf.saved(
        difference, "DEMO-CITY-R-0007", CITY, shelf.ago(60), both("端规 A 与 B 之差", "end gauges A and B: difference")
    )
    return a, b, c


def _end_gauge(
    shelf: Shelf,
    number: str,
    serial: str,
    standard: Certificate,
    comparator: Certificate,
    d: float,
    day: date,
    limits: tuple[float, float],
) -> Certificate:
    name = both(f"端规 {serial}（演示）", f"end gauge {serial} (demo)")
    question = case(
        both(f"端规 {serial} 的长度", f"length of end gauge {serial}"),
        END_GAUGE,
        "mm",
        _inputs(standard, comparator, d),
        day,
        {"lower": limits[0], "upper": limits[1]},
    )
    question["input"]["truncate_dof"] = True
    thing = item(name["zh"], name["en"], serial)
    told = particulars(number, CITY, thing, day, COMPARED, date(day.year + 1, day.month, 1))
    return shelf.issued(question, replace(told, customer=ENGINE))  # its gauges, on which its capability rests


def _engine_parts(shelf: Shelf, s: Standards, a: Certificate, b: Certificate, c: Certificate) -> None:
    ring = _ring(shelf, "DEMO-ENG-0301", "环规 RG-50", "setting ring RG-50", a, 0.012140, (50.0127, 50.0133))
    plunger = case(
        both("喷油泵柱塞副的有效面积", "effective area of a fuel-pump plunger pair"),
        "pi/4*(D - c)**2",
        "mm^2",
        [
            from_certificate("D", ring, "0/0", "mm", both("环规 RG-50 的直径", "diameter of setting ring RG-50")),
            stated(
                "c",
                "rectangular",
                {"centre": 0.0031, "half_width": 0.0002},
                "mm",
                both("配合间隙", "clearance"),
                "演示数据",
            ),
        ],
        shelf.ago(40),
        {"lower": 1963.960, "upper": 1964.292},
    )
    shelf.issued(
        plunger,
        particulars(
            "DEMO-ENG-0302",
            ENGINE,
            item("柱塞副 PL-50（演示）", "plunger pair PL-50 (demo)", "PL-50"),
            shelf.ago(40),
            both("由直径计算，A = π(D−c)²/4", "from the diameter, A = π(D−c)²/4"),
            shelf.ago(-300),
        ),
    )
    _ring(shelf, "DEMO-ENG-0303", "塞规 PG-50", "plug gauge PG-50", b, -0.000940, (49.9990, 50.0000))
    _ring(shelf, "DEMO-ENG-0304", "环规 RG-25", "setting ring RG-25", c, 0.004310, (25.0039, 25.0048))
    _wrong_digest(shelf, c, s)


def _ring(
    shelf: Shelf, number: str, zh: str, en: str, gauge: Certificate, difference: float, limits: tuple[float, float]
) -> Certificate:
    """A ring or plug set against an end gauge; demo figures."""
    day = shelf.ago(75)
    question = case(
        both(f"{zh}的直径", f"diameter of {en}"),
        "g + m - g*alpha*dT",
        "mm",
        [
            from_certificate("g", gauge, "0/0", "mm", both("端规长度", "length of the end gauge")),
            stated(
                "m",
                "normal",
                {"mean": difference, "std": 6e-5},
                "mm",
                both("测量机示值差", "difference on the machine"),
                "演示数据",
                9,
            ),
            stated(
                "alpha",
                "rectangular",
                {"centre": 11.5e-6, "half_width": 1e-6},
                "1/degC",
                both("钢的膨胀系数", "expansion of steel"),
                "演示数据",
            ),
            stated(
                "dT",
                "rectangular",
                {"centre": 0.05, "half_width": 0.1},
                "K",
                both("端规与工件温差", "temperature difference"),
                "演示数据",
            ),
        ],
        day,
        {"lower": limits[0], "upper": limits[1]},
    )
    thing = item(f"{zh}（演示）", f"{en} (demo)", zh.split()[-1])
    method = both("与端规比较", "comparison with an end gauge")
    return shelf.issued(question, particulars(number, ENGINE, thing, day, method, shelf.ago(-290)))


def _wrong_digest(shelf: Shelf, c: Certificate, s: Standards) -> None:
    """A factory worked from a draft of a certificate: the SHA-256 that it cites is not that of the issued one."""
    evidence = replace(shelf.evidence, certificates=tuple(k for k in shelf.evidence.certificates if k is not c))
    scratch = Shelf(shelf.store, shelf.today)
    scratch.evidence = evidence
    day = shelf.ago(95)
    draft_case = case(
        both("端规 EG-25-C 的长度（草稿）", "length of end gauge EG-25-C (draft)"),
        END_GAUGE,
        "mm",
        _inputs(s.second, s.comparator, 71e-6),
        day,
        {"lower": 24.9997, "upper": 25.0003},
    )
    thing = item("端规 EG-25-C（演示）", "end gauge EG-25-C (demo)", "EG-25-C")
    draft = scratch.issued(
        draft_case, particulars(c.number, CITY, thing, day, COMPARED, c.valid_until), keep=False, evidence=evidence
    )
    scratch.evidence = replace(evidence, certificates=(*evidence.certificates, draft))
    _ring(scratch, "DEMO-ENG-0305", "塞规 PG-25", "plug gauge PG-25", draft, -0.000310, (24.9993, 25.0001))


def _workshop(shelf: Shelf) -> None:
    """A verification certificate that gives only a class, and a shaft measured with the block."""
    block = shelf.paper(
        "DEMO-CITY-V-2207", CITY, ("0 级量块，25 mm", "gauge block grade 0, 25 mm", "WB-25"), (150, -20),
        [value("长度（按级使用）", "length (used by grade)", "25", "mm", {})
         | {"class": {"row": "gb-te-0", "nominal": "25", "unit": "mm"}}],
        act="legal_verification", basis="JJG 146",
    )  # fmt: skip
    shelf.anchor(
        block,
        "public_measurement_standard",
        both("社会公用计量标准：量块（演示）", "public measurement standard: gauge blocks (demo)"),
        "计量标准考核证书（演示）",
        "JJG 2056",
    )
    day = shelf.ago(15)
    question = case(
        both("挺柱直径", "diameter of a tappet"),
        "L + m",
        "mm",
        [
            from_certificate("L", block, "0/0", "mm", both("0 级量块", "gauge block of grade 0")),
            stated(
                "m",
                "normal",
                {"mean": -0.01284, "std": 0.00021},
                "mm",
                both("千分表示值差", "difference on the dial gauge"),
                "演示数据",
                9,
            ),
        ],
        day,
        {"lower": 24.980, "upper": 24.990},
    )
    thing = item("挺柱 TP-25（演示）", "tappet TP-25 (demo)", "TP-25")
    method = both("与 0 级量块比较", "comparison with a block of grade 0")
    shelf.issued(question, particulars("DEMO-ENG-0306", ENGINE, thing, day, method, None))
