"""Who may do what: the acts that need authority, the groups that hold them, and the people of the demonstration.

Users, groups and permissions are Django's own. `Authority` is no table: it is the place where Django hangs the
permissions that belong to acts rather than to tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import models

ACTS: tuple[tuple[str, str], ...] = (
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
GROUPS: Mapping[str, tuple[str, ...]] = {
    "metrologist": ("receive", "evaluate", "offer", "learn"),
    "reviewer": ("receive", "evaluate", "issue", "offer"),
    "manager": ("receive", "declare", "withdraw", "manage_people", "offer", "authorise"),
    "viewer": (),
    "pilot": ("pilot", "take_part"),
    "participant": ("take_part",),
    "customer": ("ask",),
    "director": ("offer", "direct", "authorise", "ask"),
    "judge": ("judge",),
    "regulator": ("regulate",),
    "trainer": ("teach",),
    "trainee": ("learn",),
    "steward": ("steward",),
    "verifier": ("verify",),
}
DEMO_PEOPLE: Mapping[str, tuple[str, str]] = {
    "metrologist": ("陆青", "Lu Qing"),
    "reviewer": ("沈砚", "Shen Yan"),
    "manager": ("周予", "Zhou Yu"),
    "viewer": ("访客", "a visitor"),
    "pilot": ("顾衡", "Gu Heng"),
    "participant_a": ("何量", "He Liang"),
    "participant_b": ("宋度", "Song Du"),
    "participant_c": ("邱准", "Qiu Zhun"),
    "customer": ("孟求", "Meng Qiu"),
    "director": ("方域", "Fang Yu"),
    "judge": ("严鉴", "Yan Jian"),
    "judge_b": ("林衡之", "Lin Hengzhi"),
    "judge_c": ("唐析", "Tang Xi"),
    "regulator": ("章序", "Zhang Xu"),
    "trainer": ("柳习", "Liu Xi"),
    "trainee": ("田新", "Tian Xin"),
    "steward": ("曹典", "Cao Dian"),
    "carbon_manager": ("江澄", "Jiang Cheng"),
    "verifier": ("魏核", "Wei He"),
}
DEMO_GROUPS: Mapping[str, str] = {f"participant_{letter}": "participant" for letter in "abc"} | {
    f"judge_{letter}": "judge" for letter in "bc"
} | {"carbon_manager": "customer"}  # fmt: skip
"""The group of a demonstration's person, where it is not named as the person is."""


class Authority(models.Model):
    """Holds the permissions of acts, `records.receive` to `records.verify`; no table stands behind it."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = ACTS


def ensure_groups(**_: Any) -> None:
    """Make each group that is missing, with its permissions; a group that is there belongs to the laboratory."""
    for name, acts in GROUPS.items():
        group, made = Group.objects.get_or_create(name=name)
        if made:
            group.permissions.set(Permission.objects.filter(content_type__app_label="records", codename__in=acts))


def ensure_demo_people() -> None:
    """One person a group, of participants three, without a usable password: a visitor chooses whom to be."""
    for role, (chinese, english) in DEMO_PEOPLE.items():
        person, made = User.objects.get_or_create(username=role, defaults={"last_name": chinese, "first_name": english})
        if made:
            person.set_unusable_password()
            person.save()
            person.groups.set(Group.objects.filter(name=DEMO_GROUPS.get(role, role)))
