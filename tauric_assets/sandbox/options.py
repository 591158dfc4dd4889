"""What a sandbox is started with, and its form as command-line arguments.

Belongs here: the options and their translation to and from arguments.
Not here: starting anything (launch.py, server.py), the `tauric` command.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from tauric_assets.errors import UsageError
from tauric_assets.times import parse_day

DEFAULT_PORT = 7272
EXIT_USAGE = 2


@dataclass(frozen=True)
class SandboxOptions:
    """How to start a sandbox.

    Args:
        seed: which seeded world; also seeds the faults.
        port: loopback port; 0 picks a free one.
        clock: `wall`, `frozen:INSTANT` or `running:INSTANT@SPEED`. A replay is always frozen at the end of its day.
        play: on connection, venue websockets play this day (UTC) at full speed and then close.
        replay: serve this folder of recordings instead of a seeded world.
        faults: a JSON file with the faults to start with.
        trades_per_day: trades on an average day for each venue and symbol; None leaves it to the world.
        trades_per_second: venues stream so many numbered trades a second of each symbol, from now on, instead of the
            world's trades; see numbered.py.
        withhold: share of the numbered trades that nobody is ever told, 0 to 1.
    """

    seed: int = 7
    port: int = DEFAULT_PORT
    clock: str = "wall"
    play: date | None = None
    replay: Path | None = None
    faults: Path | None = None
    trades_per_day: int | None = None
    trades_per_second: int | None = None
    withhold: float | None = None

    def to_arguments(self) -> list[str]:
        """As `--name value` pairs; fields that are None are left out."""
        pairs = [(f"--{field.name.replace('_', '-')}", getattr(self, field.name)) for field in fields(self)]
        return [text for name, value in pairs if value is not None for text in (name, str(value))]


def options_from_arguments(arguments: Sequence[str]) -> SandboxOptions:
    """Read `--name value` pairs as written by `to_arguments`.

    Raises: UsageError: an unknown name, a name without a value, or a value that cannot be read.
    """
    if len(arguments) % 2:
        raise UsageError(f"sandbox: options are pairs of --name and value; {arguments[-1]!r} stands alone")
    values = dict(zip(arguments[::2], arguments[1::2], strict=True))
    given: dict[str, object] = {}
    for argument, text in values.items():
        name = argument.removeprefix("--").replace("-", "_")
        if not argument.startswith("--") or name not in _READERS:
            known = ", ".join(f"--{known.replace('_', '-')}" for known in _READERS)
            raise UsageError(f"sandbox: unknown option {argument!r}; there are: {known}")
        given[name] = _READERS[name](text)
    return SandboxOptions(**given)  # type: ignore[arg-type]


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"sandbox: {text!r} is not a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"sandbox: {text!r} is not a number") from None


_READERS: dict[str, Callable[[str], object]] = {
    "seed": _whole_number,
    "port": _whole_number,
    "clock": str,
    "play": parse_day,
    "replay": Path,
    "faults": Path,
    "trades_per_day": _whole_number,
    "trades_per_second": _whole_number,
    "withhold": _number,
}
