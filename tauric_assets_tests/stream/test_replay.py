"""Captures replay through the sidecar's own code, the same way each time; recorded ones say what the line said."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tauric_assets.commands.stream import streaming
from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.feeds.capture import lines, parse_capture, streaming_venues, unzipped
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream.captures import CaptureFile
from tauric_assets.stream.replay import EXPORTED, replay
from tauric_assets.stream.wal import CLOSED, FRAME, OPENED, Record
from tauric_assets_tests.feeds.golden import DAY_START

SECOND = 1_000_000_000


def match(number: int, at: int, price: str = "2.5") -> str:
    stamp = f"2026-01-05T00:{at // 60:02d}:{at % 60:02d}.000000Z"
    told = {"type": "match", "trade_id": number, "side": "buy", "size": "1.5", "price": price}
    return json.dumps(told | {"product_id": "NOVA-USD", "sequence": number, "time": stamp})


def capture(folder: Path, frames: list[tuple[int, str]]) -> Path:
    path = folder / "capture.txt"
    path.write_text("".join(f"{DAY_START + at * SECOND} {frame}\n" for at, frame in frames))
    return path


def rows(folder: Path, table: str) -> list[dict[str, object]]:
    with pa.OSFile(str(folder / f"{table}.arrow")) as file:
        return pa.ipc.open_file(file).read_all().to_pylist()


def played(tmp_path: Path, frames: list[tuple[int, str]], name: str = "out") -> Path:
    folder = tmp_path / name
    replay(Settings(data_dir=tmp_path), [capture(tmp_path, frames)], streaming("coinbase"), folder)
    return folder


@pytest.mark.slow
def test_the_same_capture_gives_the_same_bytes_at_any_speed(tmp_path: Path) -> None:
    file = capture(tmp_path, [(n, match(n, n)) for n in (*range(1, 150), *range(155, 300))] + [(300, "<html>")])
    settings = Settings(data_dir=tmp_path)
    for name, speed in (("a", None), ("b", None), ("c", 5_000.0)):
        replay(settings, [file], streaming("coinbase"), tmp_path / name, speed)
    for table in EXPORTED:
        first = (tmp_path / "a" / f"{table}.arrow").read_bytes()
        assert first == (tmp_path / "b" / f"{table}.arrow").read_bytes(), table
        assert first == (tmp_path / "c" / f"{table}.arrow").read_bytes(), table
    assert len(rows(tmp_path / "a", "trades")) == 294
    assert len(rows(tmp_path / "a", "quarantine")) == 1
    assert {row["interval"] for row in rows(tmp_path / "a", "live_bars")} >= {"1m"}


def test_a_hole_is_a_gap_and_what_comes_late_closes_it(tmp_path: Path) -> None:
    frames = [(1, match(10, 1)), (2, match(14, 2)), (3, match(12, 3)), (10, match(15, 10)), (11, match(13, 11))]
    folder = played(tmp_path, [*frames, (12, match(16, 12)), (20, match(17, 20))])
    gaps = [(row["first_missing"], row["last_missing"], row["status"]) for row in rows(folder, "gaps")]
    assert sorted(gaps) == [(11, 11, "open"), (13, 13, "filled"), (13, 13, "open")]
    assert {row["found_by"] for row in rows(folder, "gaps")} == {"trade_id"}
    assert [row["trade_id"] for row in rows(folder, "trades")] == ["10", "12", "13", "14", "15", "16", "17"]


def test_quotes_without_a_time_that_a_new_connection_repeats_are_known_by_their_number(tmp_path: Path) -> None:
    def quote(number: int) -> str:
        return json.dumps({"u": number, "s": "NOVAUSD", "b": "1.5", "B": "2", "a": "1.6", "A": "3"})

    files = []
    for name, numbers in (("first", (3, 6)), ("second", (3, 6, 9)), ("third", (7, 12))):
        (tmp_path / name).mkdir()
        at = 10 * len(files)
        files.append(capture(tmp_path / name, [(at + place, quote(number)) for place, number in enumerate(numbers)]))
    replay(Settings(data_dir=tmp_path), files, streaming("binance"), tmp_path / "out")
    assert [row["sequence"] for row in rows(tmp_path / "out", "quotes")] == [3, 6, 9, 12]


def test_a_day_played_again_keeps_its_time_though_heartbeats_have_none(tmp_path: Path) -> None:
    def trade(number: int) -> str:
        told = {"symbol": "NOVA/USD", "side": "buy", "price": 2.5, "qty": 1.5, "ord_type": "market"}
        stamp = f"2026-01-05T00:00:{number:02d}.000000Z"
        return json.dumps(
            {"channel": "trade", "type": "update", "data": [told | {"trade_id": number, "timestamp": stamp}]}
        )

    a_year = 365 * 86_400
    heartbeat = json.dumps({"channel": "heartbeat"})
    frames = [(a_year + at, frame) for at in range(1, 40) for frame in (heartbeat, trade(at), heartbeat)]
    file = capture(tmp_path, [*frames, *((a_year + at, heartbeat) for at in range(40, 120))])
    replay(Settings(data_dir=tmp_path), [file], streaming("kraken"), tmp_path / "out")
    assert rows(tmp_path / "out", "late_trades") == []
    minutes = [row for row in rows(tmp_path / "out", "live_bars") if row["interval"] == "1m"]
    assert [(row["ts_event"], row["trade_count"]) for row in minutes] == [(DAY_START, 39)]


def test_a_number_that_comes_within_the_delay_is_no_gap(tmp_path: Path) -> None:
    folder = played(tmp_path, [(1, match(1, 1)), (2, match(3, 2)), (3, match(2, 3)), (30, match(4, 30))])
    assert rows(folder, "gaps") == []


def test_a_heartbeat_tells_of_trades_that_never_came(tmp_path: Path) -> None:
    beat = '{"type":"heartbeat","last_trade_id":7,"product_id":"NOVA-USD","sequence":9,"time":"2026-01-05T00:00:09Z"}'
    folder = played(tmp_path, [(1, match(5, 1)), (9, beat), (20, match(8, 20))])
    (gap,) = rows(folder, "gaps")
    assert (gap["first_missing"], gap["last_missing"], gap["found_by"]) == (6, 7, "heartbeat")
    assert (gap["ts_before"], gap["ts_after"]) == (DAY_START + SECOND, DAY_START + 9 * SECOND)


def test_a_jump_in_a_connections_own_numbers_is_a_gap_of_nobody_knows_what(tmp_path: Path) -> None:
    def heartbeat(number: int, at: int) -> str:
        stamp = f"2026-01-05T00:00:{at:02d}Z"
        return json.dumps({"channel": "heartbeats", "timestamp": stamp, "sequence_num": number, "events": []})

    files = []
    for name, numbers in (("first", (5, 6, 7, 10, 11, 9, 12, 14)), ("second", (0, 1, 2))):
        (tmp_path / name).mkdir()
        at = 20 * len(files)
        told = [(at + place, heartbeat(number, at + place)) for place, number in enumerate(numbers)]
        files.append(capture(tmp_path / name, told))
    replay(Settings(data_dir=tmp_path), files, streaming("coinbase_advanced"), tmp_path / "out")
    gaps = rows(tmp_path / "out", "gaps")
    assert [(row["first_missing"], row["last_missing"], row["found_by"]) for row in gaps] == [
        (8, 9, "connection_sequence"),
        (13, 13, "connection_sequence"),
    ]
    assert [(row["ts_before"], row["ts_after"]) for row in gaps] == [
        (DAY_START + 2 * SECOND, DAY_START + 3 * SECOND),
        (DAY_START + 6 * SECOND, DAY_START + 7 * SECOND),
    ]
    assert {(row["symbol"], row["status"]) for row in gaps} == {(None, "open")}


def test_an_id_told_twice_is_one_trade_and_a_contradiction_is_quarantined(tmp_path: Path) -> None:
    folder = played(tmp_path, [(1, match(1, 1)), (2, match(1, 1)), (3, match(1, 1, price="9"))])
    assert [str(row["price"]) for row in rows(folder, "trades")] == ["2.500000000"]
    (bad,) = rows(folder, "quarantine")
    assert bad["reason"] == "another trade has this id"


def test_ticks_from_the_future_are_kept_and_the_clocks_are_compared(tmp_path: Path) -> None:
    folder = played(tmp_path, [(n, match(n, n + 2)) for n in range(1, 100)])
    assert len(rows(folder, "trades")) == 99
    assert [row["offset_min_ns"] for row in rows(folder, "clock_offsets")] == [-2 * SECOND] * 2
    assert sum(int(str(row["trades"])) for row in rows(folder, "clock_offsets")) == 99


@pytest.mark.slow
@settings(max_examples=25)  # each is a whole replay
@given(
    order=st.permutations(range(2, 12)),
    again=st.lists(st.integers(2, 11), max_size=8),
    withheld=st.sets(st.integers(3, 10), max_size=4),
)
def test_disorder_and_repeats_change_neither_trades_nor_gaps(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], again: list[int], withheld: set[int]
) -> None:
    sent = [number for number in [*order, *again] if number not in withheld]
    frames = [(1, match(1, 1)), *((1, match(number, 1)) for number in sent), (30, match(12, 30))]
    folder = played(tmp_path_factory.mktemp("replay"), frames)
    assert sorted(int(str(row["trade_id"])) for row in rows(folder, "trades")) == sorted({1, *sent, 12})
    missing = {
        number
        for row in rows(folder, "gaps")
        if row["status"] == "open"
        for number in range(int(str(row["first_missing"])), int(str(row["last_missing"])) + 1)
    }
    assert missing == withheld


def test_a_recording_holds_every_frame_with_its_arrival(tmp_path: Path) -> None:
    for name in ("one.txt", "one.gz"):
        file = CaptureFile(tmp_path / name)
        file.append(Record(DAY_START, 1, OPENED, b"wss://example.org"))
        file.append(Record(DAY_START + 1, 1, FRAME, b'{"a":\n1}'))
        file.append(Record(DAY_START + 2, 1, CLOSED, b"stopped"))
        file.close()
        read = [(line.kind, line.received_at, line.content) for line in lines(unzipped((tmp_path / name).read_bytes()))]
        assert read[1:] == [("frame", DAY_START + 1, b'{"a": 1}')]
        assert read[0][0] == "other"
    with pytest.raises(UsageError, match="already"):
        CaptureFile(tmp_path / "one.gz")


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not empty"):
        replay(Settings(data_dir=tmp_path), [], streaming("coinbase"), tmp_path.parent)


FEEDS = (
    ("usdm_", "binance_futures"),
    ("binance__test_data__futures__", "binance_futures"),
    ("coinbase__test_data__ws_", "coinbase_advanced"),
    ("kraken__test_data__ws_futures_", ""),
    ("kraken_futures", ""),
    ("coinbase", "coinbase"),
    ("kraken", "kraken"),
    ("binance", "binance"),
)
"""Beginnings of names of recordings, and whose frames they hold; empty for those of venues without a feed."""
TRADES_INSIDE = tuple(
    re.compile(told)
    for told in (
        rb'"type":\s*"(last_)?match"',
        rb'"e":\s*"(aggTrade|trade)"',
        rb'"channel":\s*"(trade|market_trades)"',
        rb'\],\s*"trade",\s*"',
    )
)
"""What a live trade looks like at the venues that have a feed."""


def without_trades(path: Path, venue: str, body: bytes) -> str:
    """Why a recording is not expected to hold trades; empty where it is."""
    if not venue:
        return "no feed speaks for this venue"
    if any(pattern.search(body) for pattern in TRADES_INSIDE):
        return ""
    answers = "http" in path.name or re.fullmatch(r"[A-Z_]+\.0", path.name)
    return "answers over REST" if answers else "frames without trades"


@pytest.mark.realdata
@pytest.mark.slow
def test_every_real_capture_with_trades_replays_to_what_its_lines_say(realdata: Path, tmp_path: Path) -> None:
    counted: Counter[str] = Counter()
    others: dict[str, list[str]] = {}
    for number, path in enumerate(sorted(file for file in (realdata / "ws").rglob("*") if file.is_file())):
        venue = next((venue for beginning, venue in FEEDS if path.name.lower().startswith(beginning)), "")
        body = unzipped(path.read_bytes())
        reason = without_trades(path, venue, body)
        if reason:
            others.setdefault(reason, []).append(path.name)
            continue
        told = parse_capture(body, venue).rows["trades"]
        out = tmp_path / str(number)
        replay(Settings(data_dir=tmp_path), [path], streaming(venue), out)
        landed = Lake(out / "lake").read("trades").to_pylist()
        distinct = {(row["symbol"], row["trade_id"]): row for row in told}
        assert len(landed) == len(distinct) > 0, path.name
        assert sum(row["size"] for row in landed) == sum(row["size"] for row in distinct.values()), path.name  # type: ignore[misc]
        counted[venue] += len(landed)
    for reason, names in others.items():
        print(f"not replayed, {reason}:", *names)  # noqa: T201
    assert counted.total() > 1_000, counted
    assert {"coinbase", "coinbase_advanced", "kraken", "binance", "binance_futures"} <= counted.keys()


@pytest.mark.realdata
def test_recordings_without_trades_give_none_and_say_so(realdata: Path) -> None:
    for path in sorted(file for file in (realdata / "ws").rglob("*") if file.is_file()):
        venue = next((venue for beginning, venue in FEEDS if path.name.lower().startswith(beginning)), "")
        body = unzipped(path.read_bytes())
        if without_trades(path, venue, body):
            for name in [venue] if venue else streaming_venues():
                try:
                    told = parse_capture(body, name)
                except MalformedDocument:
                    continue
                assert not told.rows.get("trades"), path.name
                assert told.rows.get("quotes") or told.rejects, path.name


@pytest.mark.slow
def test_captures_of_one_venue_go_on_where_the_last_ended(tmp_path: Path) -> None:
    first, second = tmp_path / "1.txt", tmp_path / "2.gz"
    first.write_text(f"{DAY_START + SECOND} {match(1, 1)}\n")
    second.write_bytes(gzip.compress(f"{DAY_START + 2 * SECOND} {match(2, 2)}\n".encode()))
    done = replay(Settings(data_dir=tmp_path), [first, second], streaming("coinbase"), tmp_path / "out")
    assert (done.counts.trades, done.counts.gaps) == (2, 0)
    assert [str(row["source"]).partition("#")[0] for row in rows(tmp_path / "out", "trades")] == ["1.txt", "2.gz"]
