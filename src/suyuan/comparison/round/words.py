"""What the fields, events and phases of a comparison are called in findings, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from suyuan.quantity.finding import Finding

FIELDS: Mapping[str, tuple[str, str]] = {
    "number": ("编号", "number"),
    "version": ("版本", "version"),
    "title": ("名称", "title"),
    "purpose": ("目的", "purpose"),
    "organiser": ("组织者", "organiser"),
    "instructions": ("作业指导", "instructions"),
    "confidentiality": ("保密约定", "confidentiality"),
    "standards": ("传递标准或所用标准", "standards"),
    "measurands": ("被测量", "measurands"),
    "members": ("成员", "members"),
    "route": ("路线", "route"),
    "legs": ("各站行程", "stays of the route"),
    "reference": ("参考值规则", "rule for the reference value"),
    "decision": ("判定规则", "decision rule"),
    "drift": ("漂移", "drift"),
    "form": ("结果格式", "form of a result"),
    "linking": ("与先前比对的链接", "link to an earlier comparison"),
    "opens": ("启动日", "day of opening"),
    "closes": ("截止时刻", "moment of closing"),
    "time": ("时刻", "moment"),
    "remark_days": ("意见期天数", "days for remarks"),
    "blind": ("是否盲样代号", "blind codes"),
    "public": ("是否公开", "public"),
    "demo": ("是否演示", "demo"),
    "id": ("代号", "id"),
    "name": ("名称", "name"),
    "manufacturer": ("制造商", "manufacturer"),
    "model": ("型号或模型", "model"),
    "serial": ("出厂编号", "serial number"),
    "quantity": ("量的种类", "kind of quantity"),
    "unit": ("单位", "unit"),
    "standard": ("传递标准", "travelling standard"),
    "nominal": ("标称值", "nominal value"),
    "low": ("合理下限", "lower end of the plausible range"),
    "high": ("合理上限", "upper end of the plausible range"),
    "conditions": ("测量条件", "conditions"),
    "sigma_pt": ("能力评定标准差 σ_pt", "standard deviation for proficiency assessment σ_pt"),
    "largest_U": ("允许的最大扩展不确定度", "largest expanded uncertainty allowed"),
    "code": ("代号", "code"),
    "organisation": ("机构", "organisation"),
    "pilot": ("主导实验室", "pilot"),
    "account": ("账户", "account"),
    "contact": ("联系方式", "contact"),
    "member": ("成员", "member"),
    "arrives": ("到站日期", "day of arrival"),
    "leaves": ("离站日期", "day of leaving"),
    "kind": ("种类", "kind"),
    "method": ("参考值方法", "method of the reference value"),
    "beside": ("并列的方法", "methods shown beside"),
    "contributors": ("参与参考值的成员", "contributors to the reference value"),
    "given": ("外部给出的参考值", "reference value from outside"),
    "constants": ("常数", "constants"),
    "draws": ("抽样数", "number of draws"),
    "seed": ("随机种子", "seed"),
    "degree": ("多项式次数", "degree of the polynomial"),
    "repeats": ("每次在站的测量天数", "days of measurement at each stay"),
    "uncertainty": ("不确定度的形式", "form of the uncertainty"),
    "budget": ("不确定度预算", "uncertainty budget"),
    "certificate": ("证书", "certificate"),
    "score": ("分数", "score"),
    "limit": ("不满意界限", "limit of unsatisfactory"),
    "questionable": ("可疑界限", "limit of questionable"),
    "coverage": ("包含因子", "coverage factor"),
    "results": ("结果", "results"),
    "measurand": ("被测量", "measurand"),
    "d": ("先前的差值 d", "earlier difference d"),
    "u_d": ("先前差值的标准不确定度", "standard uncertainty of the earlier difference"),
    "r": ("相关系数 r", "correlation r"),
    "protocol": ("规程", "protocol"),
    "measured_by": ("测量人", "person who measured"),
    "measured": ("测量日期", "day of measurement"),
    "files": ("附件", "files"),
    "content": ("内容", "content"),
    "media": ("文件类型", "media type"),
    "issuer": ("颁发者", "issuer"),
    "place": ("证书中的位置", "place in the certificate"),
    "value": ("值", "value"),
    "U": ("扩展不确定度 U", "expanded uncertainty U"),
    "k": ("包含因子 k", "coverage factor k"),
    "u": ("标准不确定度 u", "standard uncertainty u"),
    "dof": ("自由度", "degrees of freedom"),
    "sensitivity": ("灵敏系数", "sensitivity"),
    "distribution": ("分布", "distribution"),
    "remark": ("备注", "remark"),
    "submissions": ("各成员的结果", "submissions of the members"),
    "decisions": ("裁定", "decisions"),
    "corrections": ("更正", "corrections"),
    "events": ("事件记录", "record of events"),
    "person": ("负责人", "person"),
    "reason": ("理由", "reason"),
    "old": ("更正前的值", "value before"),
    "new": ("更正后的值", "value after"),
    "digest": ("摘要", "digest"),
    "envelope": ("密封内容", "sealed content"),
    "commitment": ("承诺值", "commitment"),
}
EVENTS: Mapping[str, tuple[str, str]] = {
    "invited": ("邀请", "invitation"),
    "accepted": ("接受邀请", "acceptance"),
    "declined": ("谢绝邀请", "refusal of the invitation"),
    "opened": ("启动", "opening of the round"),
    "sent": ("送出传递标准", "sending of the standard"),
    "arrived": ("传递标准到站", "arrival of the standard"),
    "sealed": ("密封提交", "sealed submission"),
    "retracted": ("撤回提交", "taking back of a submission"),
    "withdrawn": ("退出", "withdrawal"),
    "closed": ("截止", "closing"),
    "revealed": ("启封", "opening of a sealed result"),
    "unopened": ("未能启封", "note that a result stays sealed"),
    "corrected": ("更正", "correction"),
    "decided": ("裁定", "decision"),
    "draft_a": ("发出草案 A", "draft A"),
    "remarked": ("对草案的意见", "remark on a draft"),
    "draft_b": ("发出草案 B", "draft B"),
    "final": ("发布终稿", "final report"),
    "help_opened": ("开立帮扶", "opening of a help plan"),
    "cause": ("说明原因", "cause"),
    "action": ("纠正措施", "corrective action"),
    "remeasured": ("复测", "re-measurement"),
    "help_closed": ("结束帮扶", "closing of a help plan"),
}
PHASES: Mapping[str, tuple[str, str]] = {
    "prepared": ("筹备", "in preparation"),
    "invited": ("已邀请", "invited"),
    "open": ("进行中", "open"),
    "closed": ("已截止", "closed"),
    "draft_a": ("草案 A", "draft A"),
    "draft_b": ("草案 B", "draft B"),
    "final": ("终稿", "final"),
}
ANSWERS: Mapping[str, tuple[str, str]] = {
    "—": ("未被邀请", "not invited"),
    "invited": ("已邀请，未答复", "invited, without an answer"),
    "accepted": ("已接受", "accepted"),
    "declined": ("已谢绝", "declined"),
    "withdrawn": ("已退出", "withdrawn"),
}
_OF_EVENTS = {"kind": EVENTS, "phase": PHASES, "allowed": PHASES, "state": ANSWERS}


def worded(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings that name fields, events and phases in words of both languages; code, place and parameters stay, but
    what is missing from a comparison is not missing from a certificate."""
    return tuple(_worded(f) for f in found)


def _worded(f: Finding) -> Finding:
    of_events = f.code.startswith("comparison.event.") or f.code == "comparison.report.early"
    tables = {"field": FIELDS} | (_OF_EVENTS if of_events else {})
    given, more = dict(f.parameters), {}
    for key, table in tables.items():
        if key in given and f"{key}_zh" not in given:
            names = given[key].split(", ")
            for language, i, comma in (("zh", 0, "、"), ("en", 1, ", ")):
                more[f"{key}_{language}"] = comma.join(table[n][i] if n in table else n for n in names)
    code = "comparison.field.missing" if f.code == "typed.field.missing" else f.code
    return replace(f, code=code, parameters=tuple(sorted((given | more).items()))) if more or code != f.code else f
