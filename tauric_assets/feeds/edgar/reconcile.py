"""What EDGAR's daily index, the truth of a day, promises of the filings an instance wants.

The current filings are read while they pass by, and may pass by unseen; the index comes when the day is over.

Belongs here: the promise of a day. Not here: who compares it with what is held (pipeline.py), fetching what is missing
(collect.py, which asks for everything the index lists and is not held).
"""

from datetime import date

from tauric_assets.errors import UpstreamRefused
from tauric_assets.feeds.contract import Fetching, Options
from tauric_assets.feeds.edgar.backfill import submission_url
from tauric_assets.feeds.edgar.collect import index_url
from tauric_assets.feeds.edgar.listing import read_index
from tauric_assets.feeds.edgar.options import read_options
from tauric_assets.times import Days


def promised(fetching: Fetching, name: str, day: date, options: Options) -> dict[str, str] | None:
    """What of the index of `day` is wanted: accession number to the address of the submission.

    Returns: None where there is no index: the day is not over (UTC), or EDGAR has none (yet, or on a day without
        filings).
    Raises: UpstreamUnavailable; MalformedDocument: what is there is no index; UsageError: options make no sense.
    """
    wanted = read_options(options)
    if fetching.now() < Days.one(day).end_ns:
        return None
    url = index_url(fetching.settings.edgar_url, day)
    try:
        document = fetching.get(url, feed=name, fresh=True)
    except UpstreamRefused:
        return None
    if document is None:
        return None
    return {
        one.accession_number: submission_url(fetching.settings, one)
        for one in read_index(document.body).filings
        if wanted.matches(one.form, one.ciks)
    }
