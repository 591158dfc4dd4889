"""The seeded world: an offline market in which filings, news, posts and trades tell one story.

Belongs here: the export of `World`.
Not here: servers (sandbox/), recordings (sandbox/replay/).
"""

from tauric_assets.sandbox.world.market import World

__all__ = ["World"]
