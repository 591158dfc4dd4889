"""A cheap look at an upstream: has what it shows changed since the last look?

Belongs here: looks that need nothing but the bytes. Not here: collecting, remembering cursors (the sensor).
"""

import hashlib
from collections.abc import Iterable

from tauric_assets.feeds.contract import Fetching, Poll


def poll_urls(fetching: Fetching, name: str, urls: Iterable[str], cursor: str, size_max: int | None = None) -> Poll:
    """Ask each of `urls`, whole and without remembering it; the cursor names the bytes of all answers together."""
    digest = hashlib.sha256()
    for url in urls:
        document = fetching.get(url, feed=name, fresh=True, size_max=size_max)
        digest.update(hashlib.sha256(document.body if document else b"").digest())
    seen = digest.hexdigest()
    return Poll(seen != cursor, seen)
