"""How far the stream has landed in the lake, as its own commits tell.

Belongs here: the names under which streams commit, and reading how far they are.
Not here: landing itself (sidecar.py).
"""

from collections.abc import Sequence

from tauric_assets.lake.store import Lake

LANDING_TABLE = "trades"


def application_id(venue: str) -> str:
    """The name under which the stream of `venue` commits, exactly once a version."""
    return f"stream/{venue}"


def landed_by_stream(lake: Lake, venues: Sequence[str]) -> str:
    """The last version each of `venues` has committed, as one text that changes when any does; empty where none has."""
    versions = {venue: lake.last_version(LANDING_TABLE, application_id(venue)) for venue in venues}
    return ",".join(f"{venue}={version}" for venue, version in sorted(versions.items()) if version >= 0)
