"""The sheets of a unit's year as a workbook: each column with its field of the document, its kind and what it means.

A field with points lies deeper: `table.file` is the field `file` of `table`. Kinds: text, number, day, truth (是 or
yes), months (1-5, 8), names (N=measured; C=calibration), given (where a factor comes from, as JSON), json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MARK = "※"
"""With which the row of explanations begins."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. key: field of the document; kind: how a cell is read; zh, en: what it means."""

    key: str
    kind: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. name: by which it is known, the last word of its title; inside: the list of the document that its rows
    become, «» for the document itself; under: the sheet whose rows own its rows, by the first column."""

    name: str
    zh: str
    inside: str
    columns: tuple[Column, ...]
    under: str = ""

    @property
    def title(self) -> str:
        return f"{self.zh} {self.name}"


def _columns(*rows: tuple[str, str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


CERTIFICATE = (
    ("issuer", "text", "出证书的机构", "who issued the certificate"),
    ("number", "text", "证书编号", "number of the certificate"),
)
PLACE = ("place", "text", "证书上的位置，例如 0/0", "place on the certificate, such as 0/0")
MORE = ("more", "json", "其余字段，JSON 对象", "other fields, a JSON object")
FACTOR = (
    '写明出处的数 {"value": …, "unit": …, "source": …}，或规则 {"rule": …}、缺省表 {"table": …, "fuel": …}；'
    "光写一个数不收",
    'a number with its origin, {"value": …, "unit": …, "source": …}, or a rule, {"rule": …}, or a table of defaults, '
    '{"table": …, "fuel": …}; a number alone is refused',
)
UNIT = Sheet("unit", "机组", "", _columns(
    ("enterprise", "text", "企业名称，与登记一致", "the enterprise, as it is registered"),
    ("unit", "text", "机组或系统的名称", "name of the unit"),
    ("sector", "text", "行业：power、steel、forest", "sector: power, steel, forest"),
    ("scheme", "text", "核算规则集，例如 China 2022", "scheme of calculation, such as China 2022"),
    ("year", "number", "申报年度", "the year that is claimed"),
    ("made", "day", "作出的日期，须在年度结束之后", "day on which it is made, after the end of the year"),
    ("by", "text", "作出人", "who makes it"),
    ("legal_basis", "text", "calculation（默认）或 monitoring", "calculation (where left out) or monitoring"),
    ("title", "text", "标题，可不填", "title, may be left out"),
    ("note", "text", "备注，可不填", "note, may be left out"),
    ("production", "json", "产量等，JSON，可不填", "production, JSON, may be left out"),
    ("round.heat", "number", "修约：低位发热量的小数位数，可不填", "decimals of the heat value, where the rule rounds"),
    ("round.carbon_content", "number", "修约：碳含量的小数位数，可不填", "decimals of the carbon content"),
    ("round.emission", "number", "修约：排放量的小数位数，可不填", "decimals of the emission"),
    ("round.half", "text", "up 或 even（GB/T 8170），可不填", "up, or even as GB/T 8170 has it"),
    ("plan.version", "text", "数据质量控制计划的版本", "version of the control plan"),
    ("plan.year", "number", "计划所属年度，应与申报年度相同", "year of the control plan, that of the claim"),
    ("plan.filed", "day", "计划备案日", "day on which the plan was filed"),
    ("plan.supersedes", "text", "被它取代的版本，可不填", "version that it supersedes, may be left out"),
    ("plan.reason", "text", "修订理由，可不填", "reason of the revision, may be left out"),
))  # fmt: skip
STREAMS = Sheet("streams", "源流", "streams", _columns(
    ("name", "text", "源流名称，各表以此相连", "name of the stream; other sheets refer to it"),
    ("kind", "text", "combustion、process、credit、electricity、heat、input、output、stock",
     "combustion, process, credit, electricity, heat, input, output, stock"),
    ("amount_unit", "text", "各月数量的单位：t、10^4 Nm3、MW·h、GJ", "unit of the amounts: t, 10^4 Nm3, MW·h, GJ"),
    ("fuel", "text", "燃料或物料，可不填", "fuel or material, may be left out"),
    ("meter", "text", "计量器具编号，见 meters", "id of the meter, see the sheet meters"),
    ("carbon", "given", "碳含量，t/t：" + FACTOR[0], "carbon, t/t: " + FACTOR[1]),
    ("heat_value", "given", "低位发热量，GJ/t：" + FACTOR[0], "net calorific value, GJ/t: " + FACTOR[1]),
    ("heat_basis", "text", "net（默认）或 gross", "net (where left out) or gross"),
    ("carbon_per_heat", "given", "单位热值含碳量，tC/GJ：" + FACTOR[0], "carbon per heat, tC/GJ: " + FACTOR[1]),
    ("oxidation", "given", "氧化率：" + FACTOR[0], "oxidation: " + FACTOR[1]),
    ("factor", "given", "排放因子：" + FACTOR[0] + "；电网 {\"purpose\": …, \"year\": …}",
     "emission factor: " + FACTOR[1] + "; of a grid, {\"purpose\": …, \"year\": …}"),
    ("defaults", "months", "没有化验的月份，例如 5, 8", "months whose carbon was not measured, such as 5, 8"),
    MORE,
))  # fmt: skip
MONTHS = Sheet("months", "各月", "", _columns(
    ("stream", "text", "源流名称", "name of the stream"),
    ("of", "text", "amount（数量），或 carbon、heat_value 等逐月因子", "amount, or a factor by month such as carbon"),
    *((str(month), "number", f"{month} 月；没有就写 0，空着不算 0", f"month {month}; 0 where none, empty is not 0")
      for month in range(1, 13)),
    ("0", "number", "年初库存，只有 stock 填", "level at the begin of the year, of a stock only"),
))  # fmt: skip
REPORTS = Sheet("reports", "化验", "reports", _columns(
    ("stream", "text", "源流名称", "name of the stream"),
    ("month", "number", "月份 1–12", "month, 1 to 12"), *CERTIFICATE,
    ("carbon", "number", "碳含量，%", "carbon, %"), ("basis", "text", "基：ar、ad、d、daf", "basis: ar, ad, d, daf"),
    ("u_method", "number", "化验室方法的标准不确定度，%", "standard uncertainty of the laboratory's method, %"),
    ("u_month", "number", "当月取样的标准不确定度，%", "standard uncertainty of the month's sampling, %"),
    ("moisture_ar", "number", "全水分，%", "total moisture, %"),
    ("u_moisture", "number", "全水分的标准不确定度，%", "standard uncertainty of the total moisture, %"),
    ("moisture_ad", "number", "空干基水分，%", "moisture of the air-dried sample, %"),
    ("heat", "number", "低位发热量，GJ/t", "net calorific value, GJ/t"),
    ("issued", "day", "报告日期", "day of the report"), ("accredited", "text", "认可编号", "accreditation"), MORE,
), "streams")  # fmt: skip
COMPONENTS = Sheet("components", "不确定度", "components", _columns(
    ("stream", "text", "源流名称", "name of the stream"),
    ("name", "text", "分量名称", "name of the component"),
    ("of", "text", "哪个因子：amount、carbon、heat_value、oxidation、factor…", "of which factor: amount, carbon, …"),
    ("u_rel", "number", "相对标准不确定度", "relative standard uncertainty"),
    ("U_rel", "number", "相对扩展不确定度（要写 k）", "relative expanded uncertainty, with k"),
    ("k", "number", "包含因子", "coverage factor"),
    ("shared", "truth", "各月同一误差：是；各月独立：否", "one error over all months: yes; one a month: no"),
    *CERTIFICATE, PLACE,
    ("value", "number", "照证书写的值（与 unit、U、k 一起）", "value as the certificate has it, with unit, U, k"),
    ("unit", "text", "证书值的单位", "unit of that value"),
    ("U", "number", "证书的扩展不确定度", "its expanded uncertainty"),
    ("valid_until", "day", "有效期至", "last day of its validity"),
    ("months", "months", "用于哪些月份，例如 1-5；空为全年", "for which months, such as 1-5; all where empty"), MORE,
), "streams")  # fmt: skip
METERS = Sheet("meters", "计量器具", "meters", _columns(
    ("id", "text", "器具编号", "id of the meter"), ("name", "text", "名称", "name"),
    ("carrier", "text", "electricity、solid fuel、gas、steam、oil、water、other", "energy carrier, one of these words"),
    ("level", "text", "unit、sub-unit、equipment", "unit, sub-unit, equipment"),
    ("fitted", "truth", "已装：是；需要而未装：否", "fitted: yes; needed and not fitted: no"),
    ("kind", "text", "种类，例如 belt weigher", "sort, such as belt weigher"),
    ("accuracy", "number", "准确度等级，%", "accuracy class, %"), ("place", "text", "安装位置", "where it is fitted"),
    ("stream", "text", "计量的源流", "stream that it meters"), *CERTIFICATE,
    ("due", "day", "下次校准日", "day by which it is to be calibrated again"),
))  # fmt: skip
PLAN = Sheet("plan", "控制计划", "plan.parameters", _columns(
    ("stream", "text", "源流名称", "name of the stream"),
    ("factor", "text", "参数：amount、carbon…", "amount, carbon, …"),
    ("method", "text", "measured、calculated、default、monitored", "one of these words"),
    ("instrument", "text", "器具编号", "id of the meter"), ("frequency", "text", "频次", "how often"),
    ("laboratory", "text", "化验室", "laboratory"), ("substitute", "text", "缺失时的处理", "what replaces it"),
    ("responsible", "text", "负责人或部门", "who is responsible"),
))  # fmt: skip
OVERRIDES = Sheet("overrides", "放行", "overrides", _columns(
    ("row", "text", "没有核实、点名采用的规则行", "rule row that nobody checked and that is admitted by name"),
    ("person", "text", "谁放行", "who admits it"), ("reason", "text", "理由", "why"), ("day", "day", "日期", "day"),
))  # fmt: skip
STACKS = Sheet("stacks", "烟囱", "stacks", _columns(
    ("id", "text", "烟囱名称", "name of the stack"),
    ("rules", "text", "监测规则集，例如 HJ 75-2017", "scheme of monitoring"),
    ("zone", "text", "时区，例如 Asia/Shanghai", "time zone of its clocks"),
    ("step", "number", "两行相隔秒数：60 或 3600", "seconds between rows: 60 or 3600"),
    ("load", "text", "负荷所在的列", "column of the load"),
    ("table.file", "text", "读数表格的文件名，与本簿一起交", "table of readings, handed in beside this book"),
    ("table.time", "text", "时间列", "column of the time"), ("table.status", "text", "状态列", "column of the status"),
    ("flags", "names", "状态标记，例如 N=measured; C=calibration", "marks, such as N=measured; C=calibration"),
    ("note", "text", "备注", "note"), MORE,
))  # fmt: skip
CHANNELS = Sheet("channels", "通道", "channels", _columns(
    ("stack", "text", "烟囱名称", "name of the stack"),
    ("role", "text", "co2、o2、velocity、flow、temperature、pressure、moisture", "role, one of these words"),
    ("column", "text", "表格中的列", "column of the table"), ("stream", "text", "或数据流", "or a stream of the lake"),
    ("unit", "text", "单位", "unit"),
    ("instrument", "text", "仪器，与修正所写一致", "instrument, as corrections name it"),
    ("basis", "text", "dry 或 wet", "dry or wet"), ("u", "number", "单次读数的标准不确定度", "u of one reading"), MORE,
), "stacks")  # fmt: skip
CONSTANTS = Sheet("constants", "常数", "constants", _columns(
    ("stack", "text", "烟囱名称", "name of the stack"), ("name", "text", "area 等", "area and others"),
    ("value", "number", "值", "value"), ("unit", "text", "单位", "unit"),
    ("u", "number", "标准不确定度", "standard uncertainty"), ("U", "number", "或扩展不确定度", "or the expanded one"),
    ("k", "number", "包含因子", "coverage factor"), *CERTIFICATE, PLACE, MORE,
), "stacks")  # fmt: skip
FORESTS = Sheet("forests", "森林", "forests", _columns(
    ("name", "text", "林分名称", "name"), ("area", "number", "面积，ha", "area, ha"),
    ("plot_area", "number", "样地面积，ha", "area of a plot, ha"),
    ("years", "number", "两次调查相隔年数", "years between"),
    ("root_shoot", "number", "根冠比", "root to shoot"), ("u_root_shoot", "number", "其标准不确定度", "its u"),
    ("equation", "text", "生物量方程，例如 chave_2014_eq4", "equation of biomass"),
    ("residual_sd", "number", "ln AGB 的残差标准差", "residual standard deviation of ln AGB"),
    ("source", "text", "方程出处", "source of the equation"),
    ("diameter_error", "text", "胸径误差模型", "model of the diameter's error"),
    ("wood_density_sd", "number", "木材密度标准差", "standard deviation of the wood density"),
    ("height_sd", "number", "树高标准差，m", "standard deviation of a height, m"),
    ("estimator", "json", "抽样设计，JSON", "design of the sample, JSON"),
    ("shared", "json", "共有的误差，JSON", "JSON"),
    ("draws", "number", "模拟次数", "draws"), ("seed", "number", "随机种子", "seed"),
    ("table.file", "text", "每木表格的文件名，与本簿一起交", "table of trees, handed in beside this book"), MORE,
))  # fmt: skip
SHEETS = (UNIT, STREAMS, MONTHS, REPORTS, COMPONENTS, METERS, PLAN, OVERRIDES, STACKS, CHANNELS, CONSTANTS, FORESTS)
OWNER: Mapping[str, str] = {"streams": "name", "stacks": "id"}
"""Sheet → the column by which rows of other sheets name its rows."""
