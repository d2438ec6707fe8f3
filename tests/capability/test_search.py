"""Text search: the words people use find the rows that a scope prints otherwise, in both languages, and say why."""

import math

import numpy as np
import pytest

from suyuan.capability.asking.query import asked
from suyuan.capability.asking.search import Index, tokens, words_of
from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.quantity.unit import parse_unit

SCOPE = {
    "gb": ("量块", "gauge block", "长度", 0.5, 100.0, "mm"),
    "ring": ("光滑环规", "plain ring gauge", "直径", 2.0, 300.0, "mm"),
    "caliper": ("通用卡尺", "calliper", "长度", 0.0, 1000.0, "mm"),
    "micrometer": ("外径千分尺", "micrometer", "长度", 0.0, 500.0, "mm"),
    "cmm": ("坐标测量机", "coordinate measuring machine", "长度", 0.0, 3.0, "m"),
    "tracker": ("激光跟踪测量系统", "laser tracker", "长度", 0.0, 40.0, "m"),
    "ut": ("超声波测厚仪", "ultrasonic thickness gauge", "厚度", 0.8, 300.0, "mm"),
    "coat": ("磁性、电涡流式覆层厚度测量仪", "coating thickness gauge", "厚度", 1.0, 2000.0, "um"),
    "rough": ("触针式表面粗糙度测量仪", "surface roughness tester", "表面粗糙度", 0.1, 10.0, "um"),
    "wrench": ("扭矩扳子", "torque wrench", "扭矩", 5.0, 1000.0, "N.m"),
    "small": ("扭矩螺丝刀", "torque screwdriver", "扭矩", 0.1, 5.0, "N.m"),
    "bench": ("扭矩扳子检定仪", "torque wrench tester", "扭矩", 1.0, 2000.0, "N.m"),
    "slm": ("声级计", "sound level meter", "声级", None, None, ""),
    "prt": ("工业铂热电阻", "industrial platinum resistance thermometer", "温度", -40.0, 300.0, "degC"),
    "tc": ("工作用廉金属热电偶", "base metal thermocouple", "温度", 300.0, 1200.0, "degC"),
    "ir": ("工作用辐射温度计", "radiation thermometer", "温度", 50.0, 1000.0, "degC"),
    "box": ("环境试验设备", "environmental chamber", "温度", -70.0, 180.0, "degC"),
    "gauge": ("弹性元件式一般压力表", "pressure gauge", "压力", -0.1, 60.0, "MPa"),
    "usflow": ("超声流量计", "ultrasonic flow meter", "流量", 1.0, 1000.0, "m3/h"),
    "coriolis": ("科里奥利质量流量计", "Coriolis mass flow meter", "质量流量", 0.1, 100.0, "kg/min"),
    "balance": ("电子天平", "electronic balance", "质量", 0.0, 5.0, "kg"),
    "weights": ("砝码", "weights", "质量", 0.001, 20.0, "kg"),
    "truck": ("数字指示秤(汽车衡)", "truck scale", "质量", 1.0, 120.0, "t"),
    "dc": ("电动汽车非车载充电机", "off-board charger", "直流电能", 1.0, 400.0, "A"),
    "ac": ("交流充电桩", "AC charging station", "交流电能", 1.0, 63.0, "A"),
    "dmm": ("数字多用表", "digital multimeter", "电压", 0.0, 1000.0, "V"),
    "clamp": ("钳形电流表", "clamp meter", "电流", 0.0, 2000.0, "A"),
    "ins": ("绝缘电阻表(兆欧表)", "insulation resistance tester", "绝缘电阻", 0.01, 1e6, "Mohm"),
    "no": ("化学发光法氮氧化物分析仪", "nitrogen oxides analyser", "摩尔分数", 50.0, 1000.0, "umol/mol"),
    "alarm": ("可燃气体检测报警器", "combustible gas alarm", "体积分数", 0.0, 5.0, "%"),
    "dust": ("粉尘浓度测量仪", "dust monitor", "质量浓度", 0.01, 10.0, "mg/m3"),
    "ph": ("实验室pH(酸度)计", "pH meter", "酸度", 0.0, 14.0, "1"),
    "lux": ("光照度计", "illuminance meter", "照度", 0.1, 5000.0, "lx"),
    "speed": ("手持式转速表", "tachometer", "转速", 10.0, 30000.0, "r/min"),
    "blood": ("无创自动测量血压计", "sphygmomanometer", "血压", 0.0, 40.0, "kPa"),
    "force": ("力传感器", "force transducer", "力", 1.0, 1000.0, "kN"),
    "sling": ("拉力计", "dynamometer", "力", 0.1, 50.0, "kN"),
    "pqa": ("电能质量分析仪", "power quality analyser", "电压", 0.0, 600.0, "V"),
    "alcohol": ("呼出气体酒精含量检测仪", "breath alcohol analyser", "质量浓度", 0.0, 2.0, "mg/L"),
}
QUERIES = [
    ("扭力扳手", "wrench"), ("力矩扳手 100 N·m", "wrench"), ("扭矩螺丝刀", "small"), ("torque spanner", "wrench"),
    ("torque wrenches", "wrench"), ("噪声计", "slm"), ("噪音计", "slm"), ("分贝仪", "slm"), ("noise meter", "slm"),
    ("CMM", "cmm"), ("三坐标", "cmm"), ("三次元", "cmm"), ("跟踪仪", "tracker"), ("激光跟踪仪 20 m", "tracker"),
    ("超声波 厚度", "ut"), ("测厚", "ut"), ("漆膜测厚仪", "coat"), ("涂层厚度", "coat"), ("粗糙度仪", "rough"),
    ("块规", "gb"), ("gage block", "gb"), ("游标卡尺", "caliper"), ("分厘卡", "micrometer"), ("铂电阻", "prt"),
    ("Pt100", "prt"), ("红外测温仪", "ir"), ("测温枪", "ir"), ("K型热电偶", "tc"), ("高低温箱", "box"),
    ("压力表", "gauge"), ("超声波流量计", "usflow"), ("质量流量计", "coriolis"), ("分析天平", "balance"),
    ("地磅", "truck"), ("充电桩", "ac"), ("直流充电桩", "dc"), ("DC EV charger", "dc"), ("万用表", "dmm"),
    ("钳表", "clamp"), ("摇表", "ins"), ("兆欧表", "ins"), ("NO分析仪", "no"), ("氮氧化物", "no"),
    ("可燃气体报警器", "alarm"), ("PM2.5监测仪", "dust"), ("酸度计", "ph"), ("pH计", "ph"), ("照度计", "lux"),
    ("lux meter", "lux"), ("转速", "speed"), ("血压计", "blood"), ("酒精检测仪", "alcohol"), ("砝码", "weights"),
    ("tacho", "speed"), ("秤", "truck"),
]  # fmt: skip


TYPED = [  # what somebody types, the row that is meant, the interval that must be held, how well
    ("量块 100 mm 0.06 um", "gb", "100 … 100 mm", "U 0.06 µm"),
    ("gauge block 100mm 0.06um", "gb", "100 … 100 mm", "U 0.06 µm"),
    ("0.06um 量块 100mm", "gb", "100 … 100 mm", "U 0.06 µm"),
    ("量块 U≤0.06μm 0.5～100mm", "gb", "0.5 … 100 mm", "U 0.06 µm"),
    ("ph 7", "ph", "7 … 7", ""),
    ("pH7", "ph", "7 … 7", ""),
    ("PH计 4-9", "ph", "4 … 9", ""),
    ("Pt100 -40～200℃", "prt", "-40 … 200 °C", ""),
    ("Pt100 −40–200 °C", "prt", "-40 … 200 °C", ""),
    ("铂电阻 20–180 ℃", "prt", "20 … 180 °C", ""),
    ("铂电阻 20-180 ℃", "prt", "20 … 180 °C", ""),
    ("铂电阻 20~180 ℃", "prt", "20 … 180 °C", ""),
    ("铂电阻 20 到 180 ℃", "prt", "20 … 180 °C", ""),
    ("铂电阻 20至180摄氏度", "prt", "20 … 180 °C", ""),
    ("RTD 20 to 180 degC", "prt", "20 … 180 °C", ""),
    ("铂热电阻 100度 0.05度", "prt", "100 … 100 °C", "U 0.05 °C"),
    ("力传感器 500kN 0.05级", "force", "500 … 500 kN", "class 0.05"),
    ("class 0.05 force transducer 500 kN", "force", "500 … 500 kN", "class 0.05"),
    ("扭矩扳手100牛米", "wrench", "100 … 100 N·m", ""),
    ("扭力扳手 200N.m 1%", "wrench", "200 … 200 N·m", "U 0.01"),
    ("torque wrench 10-150 Nm ±1%", "wrench", "10 … 150 N·m", "tolerance 0.01"),
    ("100毫米量块", "gb", "100 … 100 mm", ""),
    ("卡尺 0-150", "caliper", "0 … 150", ""),
    ("数显卡尺 0-150mm 分辨力0.01mm", "caliper", "0 … 150 mm", "resolution 0.01 mm"),
    ("0.4级压力表 60MPa", "gauge", "60 … 60 MPa", "class 0.4"),
    ("pressure gauge 0.1MPa–60MPa", "gauge", "0.1 … 60 MPa", ""),
    ("三坐标 1 m 2um+3L/1000", "cmm", "1 … 1 m", "U 2 µm"),
    ("砝码 20kg F1级", "weights", "20 … 20 kg", ""),
    ("超声流量计 100立方米/小时", "usflow", "100 … 100 m³/h", ""),
    ("转速表 3000 rpm", "speed", "3000 … 3000 rpm", ""),
    ("tachometer 10-30000 r/min", "speed", "10 … 30000 r/min", ""),
    ("NO 分析仪 500ppm 2%", "no", "500 … 500 ppm", "U 0.02"),
    ("高低温箱 -70~150℃", "box", "-70 … 150 °C", ""),
    ("照度计 2000 lx", "lux", "2000 … 2000 lx", ""),
    ("JJG 146-2011 量块", "gb", "", ""),
    ("IEC 61000-4-30 电能质量", "pqa", "", ""),
]


@pytest.fixture(scope="module")
def index():
    intervals = [None if row[3] is None else Interval(row[3], row[4], parse_unit(row[5])) for row in SCOPE.values()]
    return Index.of(((key, row[:3]) for key, row in SCOPE.items()), intervals)


def test_what_all_do_and_small_words_find_nothing_beside_others():
    assert asked("上海校准量块").terms[0] == ("上海",) and asked("上海校准量块").terms[1][0] == "量块"
    assert [words[0] for words in asked("torque wrench up to 200 N·m").terms] == ["torque wrench"]
    assert [words[0] for words in asked("calibrate my micrometer").terms] == ["micrometer"]
    assert asked("calibrate").terms and asked("校准").terms


def test_how_well_without_a_unit_is_told_and_not_dropped():
    heard = asked("卡尺 精度 0.02")
    assert heard.unread == ("精度 0.02",) and not heard.wanted and heard.terms[0][0] == "卡尺" and len(heard.terms) == 1
    assert not asked("卡尺 精度 0.02 mm").unread


def test_a_number_is_there_whole_and_a_single_character_names_the_thing():
    rows = [
        ("a", ["演示国家计量院", "DEMO-NMI-L-0201"]),
        ("b", ["演示轴承厂 demo nmi", "DEMO-NMI-L-01"]),
        ("c", ["传动轴"]),
    ]
    index = Index.of(rows)
    assert [hit.key for hit in index.search("DEMO-NMI-L-0201")] == ["a"]
    assert not index.search("DEMO-NMI-L-0202")
    assert {hit.key for hit in index.search("DEMO-NMI-L-0")} == {"a", "b"}
    assert [hit.key for hit in index.search("轴")] == ["c"]


@pytest.mark.parametrize(("query", "wanted"), QUERIES)
def test_what_people_type_is_among_the_first_five(index, query, wanted):
    assert wanted in [hit.key for hit in index.search(query, 5)]


def test_the_very_thing_comes_before_what_is_named_after_it(index):
    assert [hit.key for hit in index.search("扭矩扳子")][:2] == ["wrench", "bench"]
    assert index.search("ultrasonic thickness gauge")[0].key == "ut"


def test_a_hit_says_by_which_words(index):
    (why,) = index.search("噪声计")[0].why
    assert (why.term, why.word, why.by) == ("噪声计", "声级计", "synonym")
    assert index.search("声级计")[0].why[0].by == "word"
    assert index.search("tacho")[0].why[0].by == "prefix"
    assert [why.by for why in index.search("扭力扳手 200 N·m")[0].why] == ["synonym", "interval"]


def test_a_value_with_a_unit_leaves_out_intervals_that_do_not_hold_it(index):
    found = [hit.key for hit in index.search("扭矩 200 N·m")]
    assert "wrench" in found and "small" not in found
    assert [hit.key for hit in index.search("扭矩 0.5 N·m")] == ["small"]
    assert {hit.key for hit in index.search("50 µm")} == {"coat", "cmm", "caliper", "micrometer", "tracker"}
    assert "wrench" in [hit.key for hit in index.search("扭力扳手 2 kN")]  # a force filters no torque
    assert "tc" not in [hit.key for hit in index.search("500 K")]
    assert index.search("热电偶 800 K")[0].key == "tc"
    assert index.search("0~100 mm 卡尺")[0].key == "caliper"


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("5.02e-08 km3", 5.02e-8, 5.02e-8, "km³"),
        ("1-5 mm", 1.0, 5.0, "mm"),
        ("0.5～100mm 量块", 0.5, 100.0, "mm"),
        ("-40 ℃ 到 120 ℃", -40.0, 120.0, "°C"),
        ("2 m 至 50 cm", 50.0, 200.0, "cm"),
        ("10 N·m到150 N·m", 10.0, 150.0, "N·m"),
    ],
)
def test_values_are_read_as_they_are_typed(text, low, high, unit):
    (value,) = asked(text).values
    assert (value.low, value.high, value.unit.symbol) == (low, high, unit)


def test_a_row_with_all_terms_comes_before_a_row_with_one(index):
    assert index.search("超声波 流量")[0].key == "usflow"
    assert index.search("超声波 厚度")[0].key == "ut"


def test_nothing_and_nonsense_find_nothing(index):
    for query in ("", "   ", "???", "qqqqqq", "。", "\ud83d\ude00", "龘"):
        assert index.search(query) == ()
    assert Index.of([]).search("量块") == ()
    assert len(index.search("量" * 5000)) < len(SCOPE)


@pytest.mark.parametrize(
    "text", ["１００ mm", "1e400 m", "-5 kg", "5 5 5", "3~", "~3 m", "10^99 m", "m3/h", "+-*/", "1 1/2 in"]
)
def test_odd_numbers_raise_nothing(index, text):
    """What is not understood is nothing: no end that is no number, no interval backwards, no row that is not there."""
    assert all(-math.inf < v.low <= v.high < math.inf for v in asked(text).values)
    assert {hit.key for hit in index.search(text)} <= set(SCOPE)


@pytest.mark.parametrize("text", ["10^-5 Pa", "10⁻⁵ Pa", "1×10⁻⁵ Pa", "1e-5 Pa", "１０⁻⁵ Pa"])
def test_a_power_of_ten_is_one_number(text):
    """10⁻⁵ Pa is no interval from 5 Pa to 10 Pa."""
    (value,) = asked(f"真空计 {text}").values
    assert value.low == value.high == pytest.approx(1e-5) and asked(f"真空计 {text}").bare == ()


def test_every_substring_of_two_characters_finds_its_row():
    rng = np.random.default_rng(5)
    names = ["".join(chr(0x4E00 + int(c)) for c in rng.integers(0, 400, 6)) for _ in range(300)]
    index = Index.of((name, [name]) for name in names)
    for name in names[:60]:
        start = int(rng.integers(0, 4))
        piece = name[start : start + int(rng.integers(2, 4))]
        found = {hit.key for hit in index.search(piece, 400) if hit.why[0].by == "word"}
        assert found == {other for other in names if all(t in tokens(other) for t in (piece[:2], piece[-2:]))}


def test_the_words_of_a_capability():
    c = Capability(
        "L-7", {"zh": "演示实验室"}, "torque", Interval(1.0, 10.0, parse_unit("N.m")), item="torque_wrench",
        conditions={"site": ("on-site",)}, place={"zh": "苏州"},
    )  # fmt: skip
    assert {"torque wrench", "力矩", "torque", "on-site", "演示实验室", "苏州", "L-7"} <= set(words_of(c))
    index = Index.of_capabilities([c])
    for query in ("扭力扳手", "现场", "苏州 扭矩 5 N·m", "L-7", "演示"):
        assert [hit.key for hit in index.search(query)] == [c.key]
    (hit,) = index.search("苏州 扭矩 50 N·m")  # it is there and does not reach: told, not hidden
    assert [why.by for why in hit.why] == ["word", "synonym", "outside"]


@pytest.mark.parametrize(("query", "wanted", "held", "well"), TYPED)
def test_what_people_type_with_numbers_is_understood(index, query, wanted, held, well):
    found = asked(query)
    ends = [(v.low, v.high, v.unit.symbol) for v in found.values] + [(*pair, "") for pair in found.bare]
    assert "; ".join(f"{low:g} … {high:g} {unit}".strip() for low, high, unit in ends) == held
    told = [f"{w.kind} {w.size:g} {w.unit.symbol if w.unit else ''}".strip() for w in found.wanted]
    assert "; ".join(told) == well
    hits = index.search(query)
    assert hits[0].key == wanted
    assert not any(why.by == "outside" for why in hits[0].why)


def test_the_first_of_a_range_finds_nothing_else(index):
    """The dash of «20–180» left a number behind that found rows of its own."""
    dashes = ("-", "–", "—", "~", "～", " 到 ", "至", " to ", "…", "−")
    ways = [index.search(f"铂电阻 20{dash}180 ℃") for dash in dashes]
    assert all([hit.key for hit in hits] == [hit.key for hit in ways[0]] for hits in ways)
    assert ways[0][0].key == "prt"


@pytest.mark.parametrize("query", ["量块 500 mm", "gauge block 500 mm", "量块 0.5～500 mm", "块规 0.5 m"])
def test_a_value_that_none_reaches_is_told_and_empties_nothing(index, query):
    first = index.search(query)[0]
    assert first.key == "gb"
    assert first.why[-1].by == "outside"


def test_of_those_that_do_not_reach_the_nearest_comes_first():
    mm = parse_unit("mm")
    index = Index.of(
        [("short", ["量块"]), ("long", ["量块"]), ("other", ["声级计"])],
        [Interval(0.5, 100.0, mm), Interval(100.0, 400.0, mm), Interval(0.0, 900.0, mm)],
    )
    assert [hit.key for hit in index.search("量块 500 mm")] == ["long", "short"]
    assert [hit.key for hit in index.search("量块 300 mm")] == ["long"]
    assert [hit.key for hit in index.search("5000 mm")] == ["other", "long", "short"]


@pytest.mark.parametrize(
    ("text", "terms"), [("100 安全阀", "安全阀"), ("JJG 146", "146"), ("型号 A5-3", "a5"), ("L-7", "7")]
)
def test_a_number_that_is_part_of_a_name_stays_a_word(text, terms):
    found = asked(text)
    assert not found.values
    assert terms in [words[0] for words in found.terms]
