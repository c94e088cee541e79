"""Writing figures as SVG, PDF and PNG, the same bytes every time, and SVG for the page."""

from __future__ import annotations

import base64
import re
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

import matplotlib as mpl

from atrisk.report.figures_fonts import light_fonts
from atrisk.report.figures_png import png_bytes
from atrisk.report.theme import RC

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

__all__ = ["inline_svg", "save_figure", "svg_image", "svg_text"]

_PNG_DPI = 300
_SVG_OPENING = re.compile(r"<svg [^>]*>", re.DOTALL)
_SIZE = re.compile(r' (?:width|height)="[^"]*"')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_NO_SVG_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def svg_text(figure: Figure, title: str, description: str) -> str:
    """Render a figure as SVG with its title and its description in words."""
    buffer = BytesIO()
    with mpl.rc_context(RC):
        figure.savefig(buffer, format="svg", dpi=_PNG_DPI, metadata=_NO_SVG_METADATA)
    svg = _METADATA.sub("", buffer.getvalue().decode("utf-8"))
    words = f"<title>{escape(title)}</title>\n <desc>{escape(description)}</desc>"
    return _SVG_OPENING.sub(lambda opening: f"{opening.group()}\n {words}", svg, count=1)


def save_figure(figure: Figure, svg: str, title: str, description: str, stem: Path) -> list[Path]:
    """Write ``stem`` with the suffixes .svg, .pdf and .png."""
    paths = [stem.with_name(stem.name + suffix) for suffix in (".svg", ".pdf", ".png")]
    paths[0].write_text(svg, encoding="utf-8", newline="\n")
    pdf = {"Title": title, "Subject": description, "Creator": None, "Producer": None}
    with mpl.rc_context(RC), light_fonts():
        figure.savefig(paths[1], format="pdf", dpi=_PNG_DPI, metadata=pdf | {"CreationDate": None})
        png = {"Title": title, "Description": description}
        paths[2].write_bytes(png_bytes(figure, _PNG_DPI, png))
    return paths


def inline_svg(svg: str, prefix: str) -> str:
    """Turn an SVG file into an element of the page: ids made its own, size left to the page."""
    body = svg[svg.index("<svg ") :]
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'(href="|url\()#', rf"\1#{prefix}-", body)
    named = f'<svg role="img" aria-labelledby="{prefix}-title {prefix}-words" '
    body = _SVG_OPENING.sub(
        lambda opening: _SIZE.sub("", opening.group()).replace("<svg ", named), body, count=1
    )
    body = body.replace("<title>", f'<title id="{prefix}-title">', 1)
    return body.replace("<desc>", f'<desc id="{prefix}-words">', 1)


def svg_image(svg: str) -> str:
    """Turn an SVG file into an image of a page for print, which no style of the page reaches."""
    held = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{held}" alt="">'
