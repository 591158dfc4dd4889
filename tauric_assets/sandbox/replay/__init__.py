"""The replay: a folder of recordings, of any layout, served as if upstreams had just sent it.

Belongs here: finding out what each file is, and offering it as a `market.Market`.
Not here: servers (sandbox/), judging whether a recording is well formed (the feeds' parsers).
"""

from tauric_assets.sandbox.replay.recordings import Recordings

__all__ = ["Recordings"]
