"""Items of 10-K, 10-Q, 8-K, 20-F and 6-K documents as sections of text; other prose as one section without item.

Items of a 10-Q carry their part, since both parts count from 1: `I.2`, `II.1A`. A heading of two items (`Items 1 and 2.
Business and Properties`) gives two sections of the same text. The signatures end the last item; what follows them is a
section without item where it is more than a page of signatures (financial statements often do). The cover and the table
of contents are in no section.

Belongs here: which of the candidate lines head sections, and the sections they give.
Not here: candidate lines (headings.py), HTML (tags.py, prose.py), chunks (text room).

Specification: items as numbered by the forms themselves (Forms 10-K, 10-Q, 8-K, 20-F).
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tauric_assets.feeds.edgar.contents import anchored, contents_links
from tauric_assets.feeds.edgar.headings import Heading, headings
from tauric_assets.feeds.edgar.items import Key, base_form, name_of
from tauric_assets.feeds.edgar.prose import Prose, read_prose

_CONTENTS_LINE_MAX = 300
"""Characters from one line of a table of contents to the next."""
_HEADING_REST_MAX = 12
"""Characters of a heading besides its title."""
_INDEX_LINES_MIN, _INDEX_LINE_MAX, _INDEX_SHARE_MAX = 5, 150, 0.1
_SIGNATURE_PAGE_MAX = 4_000
_REFERENCE_MAX, _REFERENCE_SHARE_MIN = 2_500, 0.25
"""Characters of an item that does little more than refer to another document, and the share of what refers."""

_SIGNATURES = re.compile(
    r"^\W{0,8}s\s?i\s?g\s?n\s?a\s?t\s?u\s?r\s?e(?:\s?\(?s\)?)?(?: page)?\W{0,8}$", re.IGNORECASE | re.MULTILINE
)
_SIGNED = re.compile(
    r"^\W{0,4}pursuant to the requirements? of (?:section 1[35]|the securities|the exchange)",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNING = re.compile(r"pursuant to|duly|/s/|\bby:|caused this|in witness", re.IGNORECASE)
_SIGNING_MAX = 1_500
"""Characters from the word to what makes it a signature, or to the end of a text that stops short of one."""
_BY_REFERENCE = re.compile(
    r"\bincorporated\s+(?:[\w,.()-]+\s+){0,12}?by\s+(?:this\s+|such\s+)?reference", re.IGNORECASE
)
_FURNITURE = re.compile(
    r"\W*(?:\d{1,3}|(?:back to )?(?:table of )?contents|index|part\s+(?:i{1,3}|iv)\b.{0,60}"
    r"|section\s+\d\b.{0,80}|items?\s+[\dA-C.,\s&]{1,20})?\W*",
    re.IGNORECASE,
)
"""A page number, a link back to the contents, the heading of the next part, a rule: what may be between two items."""
_CELL = re.compile(r"[\d\s,.$%()—–-]+")
_FURNITURE_LINES_MAX, _FURNITURE_LINE_MAX = 8, 200
_OTHER_REFERENCE = re.compile(r"\b(?:not|nor|neither|registration statements?)\b", re.IGNORECASE)
"""What a sentence has that says that something is not to be incorporated, or is in a prospectus, not in this report."""
_SENTENCES = re.compile(r"(?<=[a-z0-9)”\"])[.;]\s+(?=[A-Z(“\"])")


@dataclass(frozen=True, slots=True)
class Section:
    """One item of a document.

    Args:
        item: `1A`, `5.02`, `II.1A` in a 10-Q; empty for a document without items, and behind the signatures.
        start: characters into `document_text`, half-open with `end`, which leaves out the page number, the link back to
            the contents and the heading of the next part before the next item.
        source_start: bytes into the document's body at which the heading's element begins; half-open with `source_end`,
            where the next section's does, or at the body's end.
        incorporated_by_reference: the item says that its content stands in another document (a proxy statement, an
            annual report, an exhibit), and little more.
    """

    item: str
    title: str
    text: str
    start: int
    end: int
    source_start: int
    source_end: int
    incorporated_by_reference: bool


def sections(document_name: str, form: str, body: bytes) -> list[Section]:
    """The sections of one document of a filing.

    Args:
        document_name: its file name; a name that ends in `.xml`, `.jpg`, … has no sections.
        form: the document's own type (`8-K`, `EX-99.1`), which decides whether items are looked for.
        body: the bytes between `<TEXT>` and `</TEXT>`.
    Returns: in document order; none for ownership forms, data and pictures; one with an empty item for prose of which
        no items are known (press releases in EX-99).
    Raises: MalformedDocument: no text, though it is said to be (see `read_prose`).
    """
    if not is_prose(document_name, form):
        return []
    return sections_of(form, read_prose(body))


def is_prose(document_name: str, form: str) -> bool:
    """Whether a document of this name and type is one whose text is worth keeping."""
    suffix = document_name.lower().rpartition(".")[2] if "." in document_name else ""
    if suffix not in {"", "htm", "html", "txt"} or form.split("/")[0] in {"3", "4", "5"}:
        return False
    return not form.startswith("EX-") or form.startswith(("EX-99", "EX-13"))


def sections_of(form: str, prose: Prose) -> list[Section]:
    """The sections of a document whose text is known; see `sections`."""
    if not prose.text:
        return []
    base = base_form(form)
    chosen = _chosen(_candidates(prose, base), base, prose.text) if base else []
    if not chosen:
        return [_section(prose, "", "", (0, len(prose.text)), len(prose.text))]
    signed = _signatures(prose.text, chosen[-1].start)
    length = len(prose.text)
    more = [signed] if length - signed > _SIGNATURE_PAGE_MAX else []
    starts = [*(heading.start for heading in chosen), *more, length]
    ends = [*starts[1 : len(chosen)], signed]
    found = [
        _section(prose, name_of(base, key), heading.title, (heading.start, end), following)
        for heading, end, following in zip(chosen, ends, starts[1:], strict=False)
        for key in heading.keys
    ]
    return _shared_references(found) + [_section(prose, "", "Signatures", (at, length), length) for at in more]


def _shared_references(found: list[Section]) -> list[Section]:
    """Headings without a text of their own share the reference below them (`Item 10. … Item 11. … Item 12. …`)."""
    for at in range(len(found) - 2, -1, -1):
        section = found[at]
        bare = len(section.text) <= len(section.title) + _HEADING_REST_MAX and "reserved" not in section.title.lower()
        if bare and found[at + 1].incorporated_by_reference:
            found[at] = replace(section, incorporated_by_reference=True)
    return found


def _candidates(prose: Prose, base: str) -> list[Heading]:
    links = contents_links(prose)
    return anchored(headings(prose, base, links), links, prose, base)


def _section(prose: Prose, item: str, title: str, span: tuple[int, int], following: int) -> Section:
    """The section of a span of the text; the next one begins at `following`."""
    start, end = span
    source_start, source_end = prose.origin_of(start), prose.origin_of(following)
    if end < len(prose.text):
        end = _without_trailing(prose.text, start, end)
    text = prose.text[start:end]
    by_reference = bool(item) and _is_by_reference(title, text)
    return Section(
        item, title, prose.tabbed(start, start + len(text)), start, end, source_start, source_end, by_reference
    )


def _without_trailing(text: str, start: int, end: int) -> int:
    """The end of an item whose text goes on with a new item at `end`: the end of a line of its own.

    A number below other numbers stays, since it is no page's but the last cell of a table.
    """
    at = end - 1
    for _ in range(_FURNITURE_LINES_MAX):
        line = text.rfind("\n", start, at)
        furniture = text[line + 1 : min(at, line + _FURNITURE_LINE_MAX)]
        if line < 0 or not _FURNITURE.fullmatch(furniture):
            break
        if furniture.isdigit() and _CELL.fullmatch(text, max(start, text.rfind("\n", start, line) + 1), line):
            break
        at = line
    return at


def _is_by_reference(title: str, text: str) -> bool:
    if len(text) > _REFERENCE_MAX or "exhibits" in title.lower():
        return False
    whole, heading = " ".join(text.split()), " ".join(title.split())
    body = whole.partition(heading)[2] if heading else whole
    referring = sum(
        len(sentence)
        for sentence in _SENTENCES.split(body)
        if _BY_REFERENCE.search(sentence) and not _OTHER_REFERENCE.search(sentence)
    )
    return referring > len(body) * _REFERENCE_SHARE_MIN


def _signatures(text: str, start: int) -> int:
    """Where the signatures begin behind `start`; the text's end where there are none."""
    headed = (match.start() for match in _SIGNATURES.finditer(text, start))
    found = [at for at in headed if len(text) - at < _SIGNING_MAX or _SIGNING.search(text, at, at + _SIGNING_MAX)][:1]
    found += [match.start() for match in [_SIGNED.search(text, start)] if match]
    return min(found, default=len(text))


def _chosen(candidates: list[Heading], base: str, text: str) -> list[Heading]:
    """Without the table of contents, repeats, and (except in an 8-K, whose order is free) what is out of order."""
    kept = _first_of_runs(_without_contents(candidates, text))
    if base == "8-K":
        return _first_of_each(kept)
    chain = _with_misplaced(_best_chain(kept), kept)
    if _is_index(chain, len(text)):
        return []
    return chain if base != "6-K" or (chain and chain[0].keys[0][1] == 100) else []


def _first_of_each(candidates: list[Heading]) -> list[Heading]:
    """The first heading of each item; items without a point only where there is none with one (before August 2004)."""
    pointed = any(key[1] % 100 for heading in candidates for key in heading.keys)
    seen: set[Key] = set()
    chosen: list[Heading] = []
    for heading in candidates:
        new = [key for key in heading.keys if (key[1] % 100 or not pointed) and key not in seen]
        if new and len(new) == len(heading.keys):
            seen.update(new)
            chosen.append(heading)
    return chosen


def _without_contents(candidates: list[Heading], text: str) -> list[Heading]:
    """Without lines whose item comes again and that look like contents: a page, a link, or the next entry is close."""
    last_at = {key: at for at, heading in enumerate(candidates) for key in heading.keys}
    signatures = [match.start() for match in _SIGNATURES.finditer(text)]
    kept: list[Heading] = []
    previous_dropped = False
    for at, heading in enumerate(candidates):
        comes_again = last_at[heading.keys[0]] > at
        following = [one.start for one in candidates[at + 1 : at + 2] if one.keys != heading.keys]
        following += signatures[(place := bisect_right(signatures, heading.start)) : place + 1]
        close = bool(following) and min(following) - heading.start < _CONTENTS_LINE_MAX
        goes_on = previous_dropped and candidates[at - 1].keys < heading.keys
        previous_dropped = comes_again and (close or heading.in_contents or goes_on)
        if not previous_dropped:
            kept.append(heading)
    return kept


def _first_of_runs(candidates: list[Heading]) -> list[Heading]:
    """One heading for each run of the same item, the first; or a better one close below it (the first tops a page)."""
    kept: list[Heading] = []
    for one in candidates:
        if not kept or kept[-1].keys != one.keys:
            kept.append(one)
        elif one.known and not kept[-1].known and one.start - kept[-1].start < _CONTENTS_LINE_MAX:
            kept[-1] = one
    return kept


def _best_chain(candidates: Sequence[Heading]) -> list[Heading]:
    """The run of rising items that most speaks for: long texts, known titles, lines that hold nothing else."""
    best: dict[Key, tuple[float, int]] = {}
    before: list[int] = []
    for at, heading in enumerate(candidates):
        first, last = heading.keys[0], heading.keys[-1]
        score, link = max(((score, -link) for key, (score, link) in best.items() if key < first), default=(0.0, 1))
        before.append(-link)
        score += _weight(heading, candidates[at + 1].start - heading.start if at + 1 < len(candidates) else 4_000)
        if score > best.get(last, (0.0, 0))[0]:
            best[last] = (score, at)
    chosen: list[Heading] = []
    at = max(best.values(), default=(0.0, -1))[1]
    while at >= 0:
        chosen.append(candidates[at])
        at = before[at]
    return chosen[::-1]


def _is_index(chain: list[Heading], length: int) -> bool:
    """Whether these are the lines of an index of pages, of a long report whose text has no such headings."""
    if len(chain) < _INDEX_LINES_MIN:
        return False
    span = chain[-1].start - chain[0].start
    return span < length * _INDEX_SHARE_MAX and span < (len(chain) - 1) * _INDEX_LINE_MAX


def _with_misplaced(chain: list[Heading], candidates: Sequence[Heading]) -> list[Heading]:
    """The chain, and headings of items that it lacks and that stand out of order in it, with little doubt."""
    taken = {key for heading in chain for key in heading.keys}
    chosen = list(chain)
    for one in candidates:
        certain = one.anchored or (one.known and one.alone)
        if certain and not one.in_contents and not taken & set(one.keys):
            taken |= set(one.keys)
            chosen.append(one)
    return sorted(chosen, key=lambda one: one.start)


def _weight(heading: Heading, length: int) -> float:
    weight = 1 + heading.known + heading.anchored + 0.5 * heading.alone + min(length, 4_000) / 2_000
    return weight * (0.2 if heading.in_contents else 1)
