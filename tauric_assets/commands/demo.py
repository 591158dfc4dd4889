"""`tauric demo`: the whole market in one command, from the sandbox or from a folder of recordings.

Belongs here: the order of the show and its days. Not here: the graph, the sandbox, how runs are made.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx

from tauric_assets.commands import backfill, search
from tauric_assets.commands.stream import stream
from tauric_assets.commands.terminal import OUT, progress_bar, say, show_table
from tauric_assets.defs.running import AssetReport, materialize
from tauric_assets.errors import UsageError
from tauric_assets.feeds.configured import configured_feeds
from tauric_assets.house import House
from tauric_assets.lake.query import connect
from tauric_assets.sandbox.launch import start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import Days, parse_day
from tauric_assets.vectors.search import Filters

WEEK = Days(date(2026, 1, 5), date(2026, 1, 10))
"""Five trading days that are asked for as history."""
LIVE_DAY = date(2026, 1, 10)
"""The day after, which arrives over the venues' websockets."""
QUESTION = "Chief financial officer resigns after a weak quarter"
HITS = 4
SETTLED = 'key:"trades" or key:"bars" or key:"indicators"'
DRAWN = SETTLED + ' or key:"pictures"'
SHOWN = "ORCH"
STREAM_IDLE_S = 10.0
RECORDINGS = "recordings"


def demo(house: House) -> None:
    """Five days of every data type by history, a sixth by stream, then what was made of it."""
    options = SandboxOptions(port=0, clock=f"frozen:{WEEK.end + timedelta(days=1)}T00:00:00Z", play=LIVE_DAY)
    with start(options, log=house.folder("logs") / "sandbox.log") as sandbox:
        say(f"sandbox   {sandbox.url}   an offline market, seed {options.seed}")
        here = _at(house, sandbox.url)
        say(f"backfill  {WEEK.start} to {WEEK.end - timedelta(days=1)}, every asset")
        reports = backfill.backfill(here, WEEK, "*")
        say(f"stream    {LIVE_DAY}, over the venues' websockets")
        stream(here, idle_s=STREAM_IDLE_S)
        live = _run(here, Days.one(LIVE_DAY), SETTLED)
    _show(house, _joined([reports, live]), house.pictures / f"{SHOWN}_{WEEK.start}_{WEEK.end}.png")


def replay(house: House, folder: Path) -> None:
    """The same graph on a folder of recordings.

    Documents are listed under one day, the newest recording's; trades belong to the days they were recorded on. Files
    that no upstream speaks are put into the quarantine with their reason.
    Raises: UsageError: no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"no folder {folder}: --replay wants a folder of recordings")
    say(f"replay    reading {folder} …")
    with start(SandboxOptions(port=0, replay=folder.resolve()), log=house.folder("logs") / "sandbox.log") as sandbox:
        catalog = httpx.get(f"{sandbox.url}/sandbox/catalog", timeout=60.0).raise_for_status().json()
        here = _at(house, sandbox.url)
        listed_on = Days.one(parse_day(catalog["listing_day"]))
        _quarantine_unserved(here, listed_on, catalog["unserved"])
        say(f"documents {catalog['served']} recordings, listed under {listed_on.start}")
        options = _everything_of(catalog["companies"])
        reports = [backfill.backfill(here, listed_on, _documents_selection(), options)]
        wanted = {venue: symbols for venue, symbols in catalog["symbols"].items() if symbols}
        if wanted:
            say(f"stream    {', '.join(sorted(wanted))}: recorded frames over websockets")
            stream(here, wanted, idle_s=STREAM_IDLE_S)
            reports += [_run(here, Days.one(day), DRAWN) for day in _days_with_trades(here)]
    drawn = sorted(house.pictures.glob("*.png"), key=lambda path: path.stat().st_mtime)
    _show(house, _joined(reports), drawn[-1] if drawn else None)


def _everything_of(companies: Sequence[int]) -> dict[str, dict[str, object]]:
    """Options for recordings, which are few and of any kind: every submission, and all companies recorded."""
    return {"edgar": {"forms": "all", "companies": companies or "filers"}}


def _at(house: House, url: str) -> House:
    return House(house.settings.model_copy(update={"upstream": "sandbox", "sandbox_url": url}), house.clock)


def _run(house: House, days: Days, selection: str) -> list[AssetReport]:
    with progress_bar(str(days.start), total=None) as told:
        return materialize(replace(house, progress=told), days, selection)


def _documents_selection() -> str:
    names = [feed.name for feed in configured_feeds() if "trades" not in feed.feed.TABLES]
    return " or ".join(f'key:"raw/{name}"+' for name in names)


def _days_with_trades(house: House) -> list[date]:
    with connect(house.lake, tables=["trades"]) as connection:
        first = house.settings.start_date
        return [
            day for (day,) in connection.sql("select distinct date from trades order by 1").fetchall() if day >= first
        ]


def _quarantine_unserved(house: House, days: Days, unserved: Sequence[dict[str, str]]) -> None:
    rows: list[Row] = [
        {
            "date": days.start,
            "ts_event": days.end_ns - 1,
            "known_at": days.end_ns - 1,
            "known_at_quality": "estimated",
            "source": item["path"],
            "feed": RECORDINGS,
            "position": "",
            "reason": item["reason"],
            "raw": b"",
            "raw_size": 0,
        }
        for item in unserved
    ]
    house.lake.replace("quarantine", days, to_arrow(TABLES["quarantine"], rows), only=("feed", [RECORDINGS]))


def _joined(runs: Sequence[Sequence[AssetReport]]) -> list[AssetReport]:
    """Reports of several runs, one line an asset."""
    found: dict[str, AssetReport] = {}
    for report in (report for run in runs for report in run):
        before = found.get(report.asset)
        found[report.asset] = (
            report
            if before is None
            else AssetReport(
                asset=report.asset,
                partitions=before.partitions + report.partitions,
                rows=before.rows + report.rows,
                new_rows=before.new_rows + report.new_rows,
                seconds=before.seconds + report.seconds,
                passed=before.passed and report.passed,
            )
        )
    return list(found.values())


def _show(house: House, reports: Sequence[AssetReport], chart: Path | None) -> None:
    backfill.show(reports)
    OUT.print(f"\n[bold]{QUESTION}[/bold]")
    given = Filters(kinds=["filing", "news"])
    search.show(search.search(house, QUESTION, HITS, given), False, given)
    _show_quarantine(house)
    if chart is not None:
        OUT.print(f"\na chart   {chart}", soft_wrap=True)
    OUT.print("\nnext      tauric status")
    OUT.print('          tauric query "select symbol, date, close, return_1d, insider_net_value_30d from panel"')
    OUT.print("          tauric dev      the asset graph, live, in a browser")


def _show_quarantine(house: House) -> None:
    sql = "select feed, count(*) as n from quarantine group by feed order by n desc"
    with connect(house.lake, tables=["quarantine"]) as connection:
        rows = connection.sql(sql).fetchall()
    if rows:
        OUT.print()
        show_table(("quarantined", "records"), rows, right=("records",))
        OUT.print('why: tauric query "select source, position, reason from quarantine"')
