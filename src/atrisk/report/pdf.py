"""The report as PDF, from its page for print."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_pdf"]

# a date of its own would make two files of one report differ
_DAY = "2000-01-01T00:00:00Z"
# where links within the page lead
_BASE = "file:///report.html"
_FACES = (
    ("Report", "DejaVuSans.ttf", "normal"),
    ("Report", "DejaVuSans-Bold.ttf", "bold"),
    ("Report Mono", "DejaVuSansMono.ttf", "normal"),
)


def write_pdf(html: str, title: str, path: Path) -> Path:
    """Set a page as PDF, A4; the same page gives the same bytes."""
    import plutoprint

    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, media=plutoprint.MEDIA_TYPE_PRINT)
    book.load_html(html, user_style=_fonts(), base_url=_BASE)
    book.set_metadata(plutoprint.PDF_METADATA_TITLE, title)
    for date in ("PDF_METADATA_CREATION_DATE", "PDF_METADATA_MODIFICATION_DATE"):
        book.set_metadata(getattr(plutoprint, date), _DAY)
    book.write_to_pdf(str(path))
    return path


def _fonts() -> str:
    """Name the fonts that come with matplotlib: a machine for computing may have no others."""
    from matplotlib import get_data_path

    folder = f"file://{get_data_path()}/fonts/ttf"
    declared = "".join(
        f'@font-face {{ font-family: "{name}"; src: url("{folder}/{file}");'
        f" font-weight: {weight}; }}\n"
        for name, file, weight in _FACES
    )
    fonts = 'body { font-family: "Report" !important; } code { font-family: "Report Mono"; }'
    return f"{declared}{fonts}"
