"""`python -m suyuan.site --data FOLDER rebuild`: the index and all rows made again from the documents themselves."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from suyuan.quantity.finding import sentences


class Command(BaseCommand):
    """Nothing is lost by it: rows follow from the documents, and the log is not touched but for the line about this."""

    help = "由文件重建索引与各表 make the index and all rows again from the documents"

    def handle(self, *args: Any, **options: Any) -> None:
        from suyuan.site.acts.evidence import document

        count, found = document.rebuild()
        self.stdout.write(f"{count} 份文件 documents")
        for item in found:
            zh, en = sentences(item, "zh"), sentences(item, "en")
            self.stderr.write(f"{item.where}: {zh['what']}；{zh['remedy']} / {en['what']}; {en['remedy']}")
        if found:
            raise SystemExit(1)
