"""What every server of the sandbox shares: the market, the clock, the faults, the log of requests.

Belongs here: the shared state and nothing else.
Not here: protocols, routing.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from tauric_assets.sandbox.clock import SandboxClock
from tauric_assets.sandbox.faults import FaultBook
from tauric_assets.sandbox.history import History
from tauric_assets.sandbox.market import Market
from tauric_assets.sandbox.numbered import Numbered

LOG_ENTRIES_MAX = 20_000


@dataclass
class Sandbox:
    """One running sandbox.

    Args:
        market: what is behind the servers.
        clock: the sandbox's now; nothing later is ever served.
        play: the day that venue websockets play on connection; None plays by the clock.
        faults: the faults asked for.
        recorded: whether the market is a folder of recordings, whose frames are played as recorded.
        description: returns what the market adds to the catalogue.
        numbered: trades at a high rate instead of the market's.
    """

    market: Market
    clock: SandboxClock
    play: date | None = None
    faults: FaultBook = field(default_factory=lambda: FaultBook(0))
    recorded: bool = False
    description: Callable[[], dict[str, object]] = dict
    numbered: Numbered | None = None
    log: deque[dict[str, object]] = field(default_factory=lambda: deque(maxlen=LOG_ENTRIES_MAX))
    history: History | Numbered = field(init=False)

    def __post_init__(self) -> None:
        self.history = self.numbered or History(self.market)
