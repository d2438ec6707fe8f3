"""The layered graph of traceability: drawn wide (columns) and drawn again narrow (lanes), as SVG.

Arrow = dissemination. A spot is a rule with three lines of text. A break cuts its line by two bars with the mark, the
word and the date; below a break rules and lines are dashed in the break's colour. All text is escaped.
"""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe

from suyuan.site.web.parts.columns import Band, rows
from suyuan.site.web.parts.narrow import Narrow
from suyuan.site.web.parts.pen import Cut, Line, Picture, Spot, mark, solid

__all__ = ["Cut", "Line", "Picture", "Spot", "graph_html", "legend_svg"]


def graph_html(picture: Picture) -> SafeString:
    """Both drawings: `wide` for the screen and paper, `narrow` for a telephone."""
    wide = "".join(Band(picture, row).svg(n) for n, row in enumerate(rows(picture)))
    return mark_safe(f"{wide}{Narrow(picture).svg()}")


def legend_svg(cut: Cut | None = None, *, dashed: bool = False) -> SafeString:
    """A short piece of line for the legend."""
    if cut is None:
        kind = "wh dash" if dashed else "wh"
        body = f'<path class="{kind}" d="M1 8h52"/>'
    else:
        body = solid(cut.tone, "M1 8h13m0 -5v10M40 8h13M40 3v10") + mark(cut.mark, cut.tone, 27, 8)
    return mark_safe(f'<svg class="lg" width="54" height="16" viewBox="0 0 54 16" aria-hidden="true">{body}</svg>')
