"""What a digest remembers between two records, and its plain form beside the log.

Belongs here: the values and their way through JSON. Not here: the file (landing.py), what changes them (digest.py).
"""

from dataclasses import asdict, dataclass, field

from tauric_assets.stream.clocks import ClockWindow
from tauric_assets.stream.ledger import Hole, Ledger


@dataclass
class Memory:
    """What a digest remembers between two records, as plain values; written down with every commit.

    Args:
        landed: number of the last record taken.
        ledgers: by symbol. days: whose stored trades are known already.
        heard: event time and arrival of the latest trade since the recorder started: what a heartbeat without a time is
            dated by, so that a day played again keeps its own time; zeros before.
        sources: address by connection. numbered: last frame number by connection.
        quote_tops: ts_event of the latest quote by symbol.
        undated_tops: highest sequence of a quote without a time, by symbol; undated_floors: what it was when the latest
            connection was opened.
    """

    landed: int = 0
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    days: list[int] = field(default_factory=list)
    sources: dict[int, str] = field(default_factory=dict)
    numbered: dict[int, tuple[int, int]] = field(default_factory=dict)
    quote_tops: dict[str, int] = field(default_factory=dict)
    undated_tops: dict[str, int] = field(default_factory=dict)
    undated_floors: dict[str, int] = field(default_factory=dict)
    heard: tuple[int, int] = (0, 0)
    sweep_at: int = 0
    clock: ClockWindow = field(default_factory=ClockWindow)

    def to_plain(self) -> dict[str, object]:
        """As JSON can say it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, told: dict[str, object]) -> "Memory":
        """Back from `to_plain` through JSON. Raises: KeyError, TypeError, ValueError where it is not that."""
        ledgers, sources, numbered, clock = (told[name] for name in ("ledgers", "sources", "numbered", "clock"))
        assert isinstance(ledgers, dict) and isinstance(sources, dict)
        assert isinstance(numbered, dict) and isinstance(clock, dict)
        return cls(
            landed=int(str(told["landed"])),
            ledgers={
                symbol: Ledger(
                    **{
                        **one,
                        "holes": [Hole(**hole) for hole in one["holes"]],
                        "below": [(first, last) for first, last in one["below"]],
                    }
                )
                for symbol, one in ledgers.items()
            },
            days=list(told["days"]),  # type: ignore[call-overload]
            sources={int(number): str(source) for number, source in sources.items()},
            numbered={int(number): (int(last), int(at)) for number, (last, at) in numbered.items()},
            quote_tops=dict(told["quote_tops"]),  # type: ignore[call-overload]
            undated_tops=dict(told["undated_tops"]),  # type: ignore[call-overload]
            undated_floors=dict(told["undated_floors"]),  # type: ignore[call-overload]
            heard=tuple(told["heard"]),  # type: ignore[arg-type]
            sweep_at=int(str(told["sweep_at"])),
            clock=ClockWindow(**clock),
        )
