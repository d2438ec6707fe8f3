"""Addresses of practice, exams, contests."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from suyuan.site.web.talent import contest, contest_results, contests, practice

urlpatterns: list[URLPattern | URLResolver] = [
    path("practice", practice.practice, name="practice"),
    path("practice/forget", practice.forget, name="practice_forget"),
    path("practice/theory", practice.fresh_paper, name="practice_paper_new"),
    path("practice/theory/<str:topic>/<int:size>/<str:number>", practice.paper, name="practice_paper"),
    path("practice/<str:template>", practice.fresh, name="practice_new"),
    path("practice/<str:template>/<str:number>", practice.exercise, name="practice_exercise"),
    path("contests", contests.contests, name="contests"),
    path("contests/new", contests.new, name="contest_new"),
    path("contests/<str:number>", contest.contest, name="contest"),
    path("contests/<str:number>/json", contest_results.as_json, name="contest_json"),
    path("contests/<str:number>/data", contest.data, name="contest_data"),
    path("contests/<str:number>/theory", contest.theory, name="contest_theory"),
    path("contests/<str:number>/sheet/<str:person>", contest.sheet, name="contest_sheet"),
    path("contests/<str:number>/marks/<str:person>", contest_results.marks, name="contest_marks"),
    path("contests/<str:number>/results", contest_results.public, name="contest_public"),
    path("contests/<str:number>/results.xlsx", contest_results.excel, name="contest_excel"),
    path("contests/<str:number>/statements.json", contest_results.statements, name="contest_statements"),
    path("contests/<str:number>/badge/<str:person>", contest_results.badge, name="contest_badge"),
]
