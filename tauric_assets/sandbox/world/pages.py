"""A little HTML: paragraphs, headings, tables, whole pages.

Belongs here: markup, with all text escaped.
Not here: what is said.
"""

from collections.abc import Sequence
from html import escape

PAGE_STYLE = "font-family:Times New Roman,serif;font-size:10pt"


def page(title: str, blocks: Sequence[str]) -> str:
    """A whole document."""
    inner = "\n".join(blocks)
    return (
        f'<html>\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n</head>\n'
        f'<body style="{PAGE_STYLE}">\n{inner}\n</body>\n</html>'
    )


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text, quote=False)}</p>"


def centred(text: str, *, bold: bool = False) -> str:
    """A centred line."""
    inner = escape(text, quote=False)
    return f'<p style="text-align:center">{f"<b>{inner}</b>" if bold else inner}</p>'


def heading(text: str, anchor: str = "") -> str:
    """A heading in bold, as filings have it, with an anchor where the contents point to it."""
    mark = f'<a name="{anchor}"></a>' if anchor else ""
    return f"<p>{mark}<b>{escape(text, quote=False)}</b></p>"


def subheading(text: str) -> str:
    """A minor heading in italics."""
    return f"<p><i>{escape(text, quote=False)}</i></p>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table; the first row is its head, the first column its labels."""
    lines = []
    for number, row in enumerate(rows):
        cells = [
            f'<td style="text-align:{"left" if place == 0 else "right"}">'
            f"{f'<b>{escape(text, quote=False)}</b>' if number == 0 else escape(text, quote=False)}</td>"
            for place, text in enumerate(row)
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return '<table width="100%">\n' + "\n".join(lines) + "\n</table>"


def contents(entries: Sequence[tuple[str, str, str, int]]) -> str:
    """A table of contents from (item, title, anchor, page number); entries without an anchor are part headings."""
    rows = []
    for item, title, anchor, number in entries:
        if not anchor:
            rows.append(f'<tr><td colspan="3"><b>{escape(title)}</b></td></tr>')
            continue
        link = f'<a href="#{anchor}">{escape(title, quote=False)}</a>'
        rows.append(f"<tr><td>{escape(item)}</td><td>{link}</td><td>{number}</td></tr>")
    return "<p><b>TABLE OF CONTENTS</b></p>\n<table>\n" + "\n".join(rows) + "\n</table>"
