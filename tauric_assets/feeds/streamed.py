"""The history side of a feed that only streams: it has none to ask for; past days come in by file (`tauric import`).

Belongs here: `collect`, `poll` and `parse` for such feeds, which import them.
Not here: streams, files.
"""

from collections.abc import Iterator
from datetime import date

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Document, Fetching, Options, Parsed, Poll


def collect(fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
    """Nothing: past days come in by file."""
    yield from ()


def poll(fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
    """Nothing is ever new."""
    return Poll(changed=False, cursor=cursor)


def parse(document: Document) -> Parsed:
    """No document is of such a feed. Raises: MalformedDocument: always."""
    raise MalformedDocument("this feed streams and has no documents")
