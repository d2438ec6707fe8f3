"""Addresses of gaps, challenges, research, orders, resources."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web.closing import challenges, gaps, industries, research
from suyuan.site.web.matters import files as matter_files
from suyuan.site.web.matters import matter
from suyuan.site.web.matters import new as matter_new
from suyuan.site.web.sharing import orders, resources

urlpatterns: list[URLPattern | URLResolver] = [
    path("gaps", gaps.gaps, name="gaps"),
    path("gaps.xlsx", gaps.excel, name="gaps_excel"),
    path("industries", industries.industries, name="industries"),
    path("industries/<slug:id>", industries.one, name="industry"),
    path("challenges", challenges.challenges, name="challenges"),
    path("challenges/need-sheet.<str:form>", challenges.need_sheet, name="need_sheet"),
    path("challenges/call/<str:number>/list.<str:form>", challenges.listed, name="call_list"),
    path("research", research.research, name="research"),
    path("orders", orders.orders, name="orders"),
    path("orders/new", matter_new.order, name="order_new"),
    path("resources", resources.resources, name="resources"),
    path("resources.xlsx", resources.excel, name="resources_excel"),
    path("matters/<slug:procedure>/new", matter_new.new, name="matter_new"),
    path("matters/<slug:procedure>/<str:number>", matter.matter, name="matter"),
    path("matters/<slug:procedure>/<str:number>/chain.json", matter_files.chain, name="matter_chain"),
    re_path(
        r"^matters/(?P<procedure>[-\w]+)/(?P<number>[^/]+)/files/(?P<digest>[0-9a-f]{64})$",
        matter_files.file,
        name="matter_file",
    ),
]
