"""What is new at EDGAR right now: the current-filings feed, read page by page until all is known.

Its traps: one entry a party, so that a submission may straddle two pages; pages shift while they are read; `type=4`
also finds 424B2. So all forms are asked for, pages overlap, and forms are compared here.

Belongs here: paging, and the cursor of a sensor. Not here: what a page says (listing.py); fetching of submissions.
"""

from collections.abc import Callable, Set
from dataclasses import replace
from datetime import date

from tauric_assets.feeds.contract import Fetching, Options, Poll
from tauric_assets.feeds.edgar.listing import Current, Listed, read_current
from tauric_assets.feeds.edgar.options import read_options

PAGE_ENTRIES = 100
OVERLAP_ENTRIES = 20
PAGES_MAX = 25
CURSOR_NUMBERS_MAX = 400
NAME = "edgar"


def new_filings(fetching: Fetching, known: Set[str], name: str = NAME) -> list[Current]:
    """Submissions on the current-filings pages that are not in `known`, of every form, newest first.

    Args:
        known: accession numbers. Reading stops at the first page of which all are known, or after the first page where
            `known` is empty, or after PAGES_MAX.
        name: the feed instance that asks.
    Returns: accession number, form, acceptance (nanoseconds UTC) and the parties seen.
    Raises: UpstreamUnavailable, UpstreamRefused; MalformedDocument for a page that is none.
    """
    found = _read(fetching, name, lambda page: not known or all(one.accession_number in known for one in page))
    return [one for one in found if one.accession_number not in known]


def filed_on(fetching: Fetching, day: date, name: str = NAME) -> list[Listed]:
    """What the current filings hold with filing date `day`, as its daily index will list it; for a day not over yet.

    EDGAR keeps some 2,000 entries; what a busy day has lost by the evening comes with its index.
    Raises: as `new_filings`.
    """
    found = _read(fetching, name, lambda page: all(one.filed_on is None or one.filed_on < day for one in page))
    return [
        Listed(one.accession_number, one.form, day, tuple(dict.fromkeys(party.cik for party in one.parties)))
        for one in found
        if one.filed_on == day
    ]


def poll(fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
    """Look whether the current filings hold a wanted one that was not there when `cursor` was given.

    Args:
        cursor: of the last poll: accession numbers, newest first; empty at first.
    Returns: with the filing dates of what is new, save at first: in New York's evening it is tomorrow in UTC, and what
        is filed late is dated the next working day.
    """
    wanted = read_options(options)
    known = cursor.split()
    new = new_filings(fetching, set(known), name)
    matching = [one for one in new if wanted.matches(one.form, (party.cik for party in one.parties))]
    if not matching and known:
        return Poll(False, cursor)
    numbers = [*(one.accession_number for one in new), *known]
    days = sorted({one.filed_on for one in matching if one.filed_on is not None}) if known else ()
    return Poll(bool(matching), " ".join(numbers[:CURSOR_NUMBERS_MAX]), tuple(days))


def _read(fetching: Fetching, name: str, is_last: Callable[[list[Current]], bool]) -> list[Current]:
    """Pages up to the first that `is_last` (an empty one is), merged, newest first."""
    found: dict[str, Current] = {}
    for page in range(PAGES_MAX):
        listed = _page(fetching, name, page * (PAGE_ENTRIES - OVERLAP_ENTRIES))
        for one in listed:
            before = found.get(one.accession_number)
            parties = (*before.parties, *one.parties) if before else one.parties
            found[one.accession_number] = replace(one, parties=tuple(dict.fromkeys(parties)))
        if is_last(listed):
            break
    return sorted(found.values(), key=lambda one: (one.accepted_at, one.accession_number), reverse=True)


def _page(fetching: Fetching, name: str, start: int) -> list[Current]:
    url = (
        f"{fetching.settings.edgar_url}/cgi-bin/browse-edgar?action=getcurrent&type=&owner=include"
        f"&count={PAGE_ENTRIES}&start={start}&output=atom"
    )
    document = fetching.get(url, feed=name, fresh=True)
    return read_current(document.body) if document is not None else []
