"""Where the links of a table of contents lead: the surest sign of where an item begins, with or without a heading.

    Item 1A.  Risk Factors            12     <a href="#i2c5f…">: leads to the heading `Item 1A. Risk Factors`
    Item 1.   Financial Statements     3     leads to `Condensed Consolidated Statement of Earnings`
    Risk Factors                      12     in reports that leave the word Item out

Belongs here: entries of the contents, and the headings they lead to. Not here: what a link is (tags.py), reading a
line (headings.py), which candidates head sections (sections.py).
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from tauric_assets.feeds.edgar.headings import LINE_READ_MAX, Heading
from tauric_assets.feeds.edgar.items import key_of_title
from tauric_assets.feeds.edgar.prose import Prose
from tauric_assets.feeds.edgar.tags import inner_links

_ANCHOR_LINES = 8
_ENTRY_LINES, _ENTRY_CHARACTERS = 6, 300
_CONTENTS_CHARACTERS = 3_000
"""An entry of the contents has two others within so many characters; its link may be some lines further down."""
_LINES_UPWARDS_MAX = 2
_ENTRIES_MIN = 3
"""So many entries without the word Item make a table of contents, if hardly a line of the document has it."""
_ENTRY_PAGE = re.compile(r"[\s.…_]{0,200}\d{0,3}$")
_FURNITURE = re.compile(r"\W*(?:\d{1,3}|(?:table of )?contents|index)\W*", re.IGNORECASE)


def contents_links(prose: Prose) -> dict[int, int]:
    """From the number of a line with a link to the number of the line it leads to, the last link of each line.

    Links upwards count only where few lines lead to the same place (an index at the end of a report does so); those of
    every page to the table of contents do not.
    """
    found: dict[int, int] = {}
    for at, target in inner_links(prose.source) if prose.source else ():
        line, led_to = bisect_right(prose.origins, at) - 1, bisect_right(prose.origins, target) - 1
        if led_to >= 0 and target >= prose.ends[led_to]:
            led_to += 1
        if line >= 0 and abs(led_to - line) > 1 and 0 <= led_to < len(prose.starts):
            found[line] = led_to
    upwards = Counter(led_to for line, led_to in found.items() if led_to < line)
    return {line: led_to for line, led_to in found.items() if led_to > line or upwards[led_to] <= _LINES_UPWARDS_MAX}


def anchored(found: list[Heading], links: Mapping[int, int], prose: Prose, base: str) -> list[Heading]:
    """The candidates, with the table of contents' word for them.

    Args:
        found: candidates in the text's order; `links`: see `contents_links`.
    Returns: the candidates, marked where the contents lead to them, and headings added that only the contents name.
    """
    if not links:
        return found
    if sum(one.leads_to < 0 and one.alone for one in found) < _ENTRIES_MIN:
        found = sorted((*found, *_titled_entries(found, links, prose, base)), key=lambda one: one.start)
    found = [_with_link_below(found, at, links, prose) if one.leads_to < 0 else one for at, one in enumerate(found)]
    entries = [heading for heading in found if heading.leads_to >= 0]
    led = Counter(entry.leads_to for entry in entries)
    headed = {one.keys: one.start for one in found if one.leads_to < 0 and one.known and one.alone}
    reached: set[int] = set()
    added: list[Heading] = []
    for entry in entries:
        line = _past_furniture(prose, entry.leads_to)
        last = min(line + _ANCHOR_LINES, len(prose.starts) - 1)
        near = _near(found, entry, prose.starts[entry.leads_to], prose.starts[last])
        if near is not None:
            reached.add(near)
        elif led[entry.leads_to] == 1 and headed.get(entry.keys, -1) < min(entry.start, prose.starts[entry.leads_to]):
            added.append(replace(entry, start=prose.starts[line], in_contents=False, leads_to=-1, anchored=True))
    marked = [replace(one, anchored=True) if at in reached else one for at, one in enumerate(found)]
    return sorted((*marked, *added), key=lambda one: one.start)


def _titled_entries(found: list[Heading], links: Mapping[int, int], prose: Prose, base: str) -> list[Heading]:
    """Entries of the contents that have a title of the form's and no number, the first of each item."""
    taken = {key for one in found for key in one.keys}
    entries: list[Heading] = []
    for line, leads_to in links.items():
        start = prose.starts[line]
        title = prose.text[start : start + LINE_READ_MAX].partition("\n")[0]
        key = key_of_title(base, title)
        if key and key not in taken:
            taken.add(key)
            entries.append(Heading((key,), _ENTRY_PAGE.sub("", title), start, True, leads_to, False, True, True))
    return entries if len(entries) >= _ENTRIES_MIN else []


def _with_link_below(found: list[Heading], at: int, links: Mapping[int, int], prose: Prose) -> Heading:
    """The candidate with the first link of the lines between it and the next one, if it is in a table of contents."""
    heading = found[at]
    others = found[max(0, at - 2) : at + 3]
    if sum(abs(one.start - heading.start) < _CONTENTS_CHARACTERS for one in others) < 3:
        return heading
    line = prose.line_of(heading.start)
    last = prose.line_of(found[at + 1].start) if at + 1 < len(found) else len(prose.starts)
    for below in range(line + 1, min(last, line + _ENTRY_LINES)):
        if below in links and abs(prose.starts[links[below]] - heading.start) > _ENTRY_CHARACTERS:
            return replace(heading, leads_to=links[below], in_contents=True)
    return heading


def _near(found: list[Heading], entry: Heading, start: int, end: int) -> int | None:
    """The place of the first candidate from `start` to `end` that heads the items of `entry`."""
    at = bisect_left(found, start, key=lambda one: one.start)
    while at < len(found) and found[at].start <= end:
        if found[at].keys == entry.keys and found[at].leads_to < 0:
            return at
        at += 1
    return None


def _past_furniture(prose: Prose, line: int) -> int:
    """The first line from `line` on that is no page number and no link back to the contents."""
    last = min(line + _ANCHOR_LINES, len(prose.starts) - 1)
    while line < last and _FURNITURE.fullmatch(prose.text, prose.starts[line], prose.starts[line + 1] - 1):
        line += 1
    return line
