"""Small SVG and PDF figures written by hand, whose numbers are known."""

from __future__ import annotations

import zlib

#: Times 0 to 40 stand at 100 to 500, survival 1 to 0 at 50 to 450 (from the top).
STEPS = [(100, 50), (150, 50), (150, 130), (300, 130), (300, 250), (420, 250)]
TIMES = [0.0, 5.0, 5.0, 20.0, 20.0, 32.0]
VALUES = [1.0, 1.0, 0.8, 0.8, 0.5, 0.5]


def path(points, style="stroke:#d62728;stroke-width:1.5;fill:none", more=""):
    """Write a line of an SVG."""
    d = "M " + " L ".join(f"{x} {y}" for x, y in points)
    return f'<path d="{d}" style="{style}" {more}/>'


def x_axis(values=(0, 10, 20, 30, 40), places=(100, 200, 300, 400, 500), y=450):
    """Write tick marks and labels of the x axis."""
    marks = [path([(x, y), (x, y + 5)], "stroke:#000;fill:none") for x in places]
    labels = [
        f'<text x="{x}" y="{y + 18}" font-size="10" text-anchor="middle">{value}</text>'
        for x, value in zip(places, values, strict=True)
    ]
    return "".join(marks + labels)


def y_axis(values=("0.0", "0.5", "1.0"), places=(450, 250, 50), x=100):
    """Write tick marks and labels of the y axis."""
    marks = [path([(x, y), (x - 5, y)], "stroke:#000;fill:none") for y in places]
    labels = [
        f'<text x="{x - 8}" y="{y + 3.6}" font-size="10" text-anchor="end">{value}</text>'
        for y, value in zip(places, values, strict=True)
    ]
    return "".join(marks + labels)


def svg(*body, axes=None, head=""):
    """Put an SVG together."""
    axes = x_axis() + y_axis() if axes is None else axes
    return (
        f'{head}<svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 600 500">'
        f"{axes}{''.join(body)}</svg>"
    )


def pdf(*pages, packed=False, extra=b"", resources="", objects=()):
    """Put a PDF of these content streams together; objects are numbered from 100."""
    parts = {1: b"<</Type/Catalog/Pages 2 0 R>>"}
    kids = []
    for at, content in enumerate(pages):
        page, stream = 10 + 2 * at, 11 + 2 * at
        kids.append(f"{page} 0 R")
        parts[page] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 500]/Contents {stream} 0 R/Resources"
            f"<</Font<</F1 3 0 R>>{resources}>>>>"
        ).encode()
        parts[stream] = stream_of(content.encode("latin-1"), packed=packed)
    parts[2] = f"<</Type/Pages/Count {len(pages)}/Kids[{' '.join(kids)}]>>".encode()
    parts[3] = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    parts |= dict(enumerate(objects, start=100))
    out, offsets = bytearray(b"%PDF-1.4\n"), {}
    for number, body in sorted(parts.items()):
        offsets[number] = len(out)
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in offsets.items():
        out += f"{number} 1\n{offset:010d} 00000 n \n".encode()
    out += f"trailer<</Size {max(parts) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out) + extra


def stream_of(content, *, packed=False, more=""):
    """Write a stream with its dictionary."""
    data = zlib.compress(content) if packed else content
    filtered = "/Filter/FlateDecode" if packed else ""
    return f"<</Length {len(data)}{filtered}{more}>>stream\n".encode() + data + b"\nendstream"


def pdf_axes():
    """Write the same axes in PDF operators; y counts from the bottom of 500."""
    out = ["0 G 1 w"]
    for value, x in zip((0, 10, 20, 30, 40), (100, 200, 300, 400, 500), strict=True):
        width = 5.56 * len(str(value))
        out.append(f"{x} 50 m {x} 45 l S BT /F1 10 Tf {x - width / 2:.2f} 32 Td ({value}) Tj ET")
    for value, y in (("0.0", 50), ("0.5", 250), ("1.0", 450)):
        out.append(f"100 {y} m 95 {y} l S BT /F1 10 Tf 76 {y - 3.6:.2f} Td ({value}) Tj ET")
    return "\n".join(out) + "\n"


def pdf_line(points, colour="0.839 0.153 0.157 RG 1.5 w"):
    """Write a line in PDF operators, from points that count y from the top."""
    (x, y), *rest = [(x, 500 - y) for x, y in points]
    return f"{colour} {x} {y} m " + " ".join(f"{a} {b} l" for a, b in rest) + " S\n"
