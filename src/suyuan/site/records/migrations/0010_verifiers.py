"""Who verifies carbon claims is no reviewer of panels: an act of its own."""

from __future__ import annotations

from django.db import migrations

ACTS = (
    ("receive", "收证书、录入纸质证书 receive certificates, type paper ones"),
    ("evaluate", "评定结果、提请签发 evaluate results, submit for issue"),
    ("issue", "复核并签发 review and issue"),
    ("declare", "声明溯源终点 declare anchors"),
    ("withdraw", "登记撤回、采用更正本 record withdrawals, adopt replacements"),
    ("manage_people", "管理人员 manage people"),
    ("pilot", "主导比对 pilot comparisons"),
    ("take_part", "参加比对 take part in comparisons"),
    ("ask", "提需求、下委托 state needs, place orders"),
    ("offer", "登记能力与资源、接委托 register capabilities and resources, answer orders"),
    ("direct", "管中心：登记、申报、年报 run a centre: registers, applications, annual reports"),
    ("judge", "评审 review"),
    ("regulate", "受理、批准、发布 accept, decide, publish"),
    ("authorise", "授权人员 authorise persons"),
    ("teach", "办培训、出题、阅卷 teach, set and mark tasks"),
    ("learn", "学习、参赛 learn, take part in contests"),
    ("steward", "治理登记、开放数据 govern registers, open data"),
    ("verify", "核查排放申报 verify carbon claims"),
)


class Migration(migrations.Migration):
    """One more act."""

    dependencies = [("records", "0009_determined_factors")]
    operations = [
        migrations.AlterModelOptions("authority", {"default_permissions": (), "managed": False, "permissions": ACTS})
    ]
