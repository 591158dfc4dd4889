"""What EDGAR says of a company: its submissions list with the older pages, and its XBRL facts.

Belongs here: which addresses are asked for a CIK. Not here: which companies (options.py), parsing (profile.py,
facts.py).
"""

from collections.abc import Iterable, Iterator

from tauric_assets.errors import DocumentAbsent
from tauric_assets.feeds.contract import Document, Fetching
from tauric_assets.feeds.edgar.kinds import FACTS, KIND, OLDER_LIST, PROFILE
from tauric_assets.feeds.edgar.profile import older_pages


def about(fetching: Fetching, name: str, ciks: Iterable[int], at: int | None) -> Iterator[Document]:
    """Profile, older pages of its list, and facts of each CIK.

    What EDGAR does not have, or has not changed since, is left out.
    Args:
        at: the instant to ask for (nanoseconds UTC); None asks for the present, conditionally.
    Raises: UpstreamUnavailable; UpstreamRefused for a no that is not "there is none".
    """
    for cik in ciks:
        profile = _get(fetching, name, profile_url(fetching.settings.edgar_data_url, cik), at, PROFILE, cik)
        if profile is not None:
            yield profile
            for page in older_pages(profile.body):
                url = f"{fetching.settings.edgar_data_url}/submissions/{page}"
                if not fetching.holds(url) and (older := _get(fetching, name, url, None, OLDER_LIST, cik)):
                    yield older
        facts = _get(fetching, name, facts_url(fetching.settings.edgar_data_url, cik), at, FACTS, cik)
        if facts is not None:
            yield facts


def profile_url(data_url: str, cik: int) -> str:
    """The address of the submissions list of `cik`."""
    return f"{data_url}/submissions/CIK{cik:010d}.json"


def facts_url(data_url: str, cik: int) -> str:
    """The address of the XBRL facts of `cik`."""
    return f"{data_url}/api/xbrl/companyfacts/CIK{cik:010d}.json"


def _get(fetching: Fetching, name: str, url: str, at: int | None, kind: str, cik: int) -> Document | None:
    """The document; None where there is none (404 NoSuchKey) or it is the same as before (304)."""
    try:
        return fetching.get(url, feed=name, at=at, attributes={KIND: kind, "cik": str(cik)})
    except DocumentAbsent:
        return None
