"""Claim: a backfill of EDGAR is held up by the rate limit alone, and its memory does not grow with the filings.

Peer: `sec-edgar-downloader` alone, its addresses patched to the same sandbox, its limiter off as ours is (it keeps no
ledger and flushes nothing to the disk); refuted where the house takes more than half of a slot of the 8 requests a
second that EDGAR allows. Memory: the peak of a child process that collects and parses a day of N small filings; refuted
where it grows by more than half from 100 to 10,000.
Belongs here: the contenders, the bulk of small filings, the child that is measured. Not here: repeating and reporting
(harness.py).
"""

import argparse
import json
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

from sec_edgar_downloader import Downloader, _orchestrator, _sec_gateway

from bench.harness import RESULTS, Contender, Timing, compare
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.feeds.edgar.collect import index_url
from tauric_assets.feeds.registry import feed_named
from tauric_assets.house import House
from tauric_assets.pipeline import STEPS, collect_feed
from tauric_assets.sandbox.launch import start
from tauric_assets.sandbox.market import Filing
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.sandbox.world import World
from tauric_assets.settings import load_settings
from tauric_assets.times import Days, day_start_ns

FIRST = date(2025, 11, 3)
FORMS = ("3", "3/A", "4", "4/A", "5", "5/A", "8-K", "10-K", "10-Q")
LIMIT_A_SECOND = 8.0
SHOWN_EVERY_S = 5.0
FORMS_A_CIK = 3  # small filings of one company under one day


def instance() -> FeedInstance:
    """The EDGAR feed over all forms the sandbox has."""
    return FeedInstance("edgar", feed_named("edgar"), {"forms": list(FORMS)})


def days_with(filings: int) -> tuple[Days, list[Filing]]:
    """The first days of the sandbox's world that hold so many filings, and those of them that are wanted."""
    world, found, day = World(SandboxOptions().seed), list[Filing](), FIRST
    while len(found) < filings:
        found += [filing for filing in world.filings(day) if filing.form in FORMS]
        day += timedelta(days=1)
    return Days(FIRST, day), found


def house_of(url: str, folder: Path) -> House:
    """An empty house in front of the upstream at `url`."""
    shutil.rmtree(folder, ignore_errors=True)
    return House(load_settings(data_dir=folder, upstream="sandbox", sandbox_url=url))


def bare(url: str, folder: Path, days: Days, filings: Sequence[Filing]) -> int:
    """The package alone over the same filings, company by company and form by form; how many it says it saved."""
    shutil.rmtree(folder, ignore_errors=True)
    archives = f"{url}/www.sec.gov/Archives/edgar/data/{{cik}}/{{acc_num_no_dash}}/{{document}}"
    wanted = sorted({(filing.parties[-1].cik, filing.form.removesuffix("/A")) for filing in filings})
    with (
        mock.patch.object(_orchestrator, "URL_FILING", archives),
        mock.patch.object(_orchestrator, "URL_SUBMISSIONS", f"{url}/data.sec.gov/submissions/{{submission}}"),
        mock.patch.object(_sec_gateway, "URL_CIK_MAPPING", f"{url}/www.sec.gov/files/company_tickers_exchange.json"),
        mock.patch.object(_sec_gateway, "_call_sec", _unlimited),
    ):
        downloader = Downloader("Tauric Assets", "bench@tauric.invalid", folder)
        last = days.end - timedelta(days=1)
        return sum(
            downloader.get(form, f"{cik:010d}", after=days.start, before=last, include_amends=True)
            for cik, form in wanted
        )


def _unlimited(uri: str, user_agent: str, host: str) -> object:
    """The package's own request without its limiter."""
    headers = {**_sec_gateway.STANDARD_HEADERS, "User-Agent": user_agent, "Host": host}
    answer = _sec_gateway.requests.get(uri, headers=headers)
    answer.raise_for_status()
    return answer


def speed(filings: int, repeats: int, folder: Path, results: Path) -> dict[str, Timing]:
    """Backfill `filings` by the house and by the package alone; writes `edgar-backfill.json`."""
    days, wanted = days_with(filings)
    options = SandboxOptions(port=0, clock=f"frozen:{days.end + timedelta(days=5)}T00:00:00Z", trades_per_day=1)
    saved: dict[str, int] = {}
    with start(options) as sandbox:

        def by_house() -> None:
            house = house_of(sandbox.url, folder / "house")
            collect_feed(instance(), house, days)
            urls = house.lake.read("raw_documents", columns=["url"])["url"].to_pylist()
            saved["house"] = len({url for url in urls if url.endswith(".txt")})

        def by_package() -> None:
            saved["package alone"] = bare(sandbox.url, folder / "bare", days, wanted)

        parameters: dict[str, object] = {"filings": len(wanted), "days": len(days), "saved": saved}
        contenders = [Contender("house", by_house), Contender("package alone", by_package)]
        timings = compare(
            "edgar-backfill", contenders, repeats=repeats, warm_up=0, parameters=parameters, results=results
        )
    for name, timing in timings.items():
        rate = len(wanted) / timing.median_s
        print(f"{'edgar-backfill':<14} {name:<24} {rate:8.1f} filings/s, {rate / LIMIT_A_SECOND:.0f} x the rate limit")
    return timings


class Bulk:
    """A loopback EDGAR with one day of N small filings: one form 4 of the sandbox's world under N numbers."""

    def __init__(self, filings: int, day: date) -> None:
        world = World(SandboxOptions().seed)
        days = (FIRST + timedelta(days=n) for n in range(60))
        model = next(filing for a_day in days for filing in world.filings(a_day) if filing.form == "4")
        body, old = world.submission(model.accession_number), model.accession_number.encode()
        numbers = {f"{9_000_000_000 + n:010d}-26-{n % 1_000_000:06d}": 1_000 + n // FORMS_A_CIK for n in range(filings)}
        lines = "".join(
            f"{cik}|BULK INC|4|{day:%Y%m%d}|edgar/data/{cik}/{number}.txt\n" for number, cik in numbers.items()
        )
        index = ("CIK|Company Name|Form Type|Date Filed|File Name\n" + "-" * 80 + "\n" + lines).encode()
        tickers = json.dumps({"fields": ["cik", "name", "ticker", "exchange"], "data": [[1, "A", "A", None]]}).encode()
        index_path = index_url("/www.sec.gov", day)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2].removesuffix(".txt")
                if name in numbers:
                    answer = body.replace(old, name.encode())
                elif self.path == index_path:
                    answer = index
                elif self.path.endswith("company_tickers_exchange.json"):
                    answer = tickers
                else:
                    self.send_error(404)
                    return
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
                self.wfile.write(head + answer)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address, while it serves."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            yield self.url
        finally:
            self._server.shutdown()
            self._server.server_close()


def measured(url: str, folder: Path, day: date) -> dict[str, float]:
    """In this process: collect and parse the day; peak memory in MB, and seconds."""
    house = House(
        load_settings(data_dir=folder, upstream="sandbox", sandbox_url=url),
        clock=lambda: day_start_ns(day + timedelta(days=7)),
    )
    days, feed, before = Days.one(day), instance(), time.perf_counter()
    made = collect_feed(feed, house, days)
    collected, peak_collecting = time.perf_counter(), _peak_mb()
    step = next(step for step in STEPS if step.name == "edgar_tables")
    rows = step.run(house, [feed], days).rows
    return {
        "documents": made.rows["raw/edgar"],
        "filings": rows["filings"],
        "collecting_s": round(collected - before, 2),
        "parsing_s": round(time.perf_counter() - collected, 2),
        "peak_collecting_mb": round(peak_collecting, 1),
        "peak_mb": round(_peak_mb(), 1),
    }


def _peak_mb() -> float:
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def memory(sizes: Sequence[int], folder: Path, results: Path) -> dict[int, dict[str, float]]:
    """The peak of a child for each size; writes `edgar-memory.json`."""
    found: dict[int, dict[str, float]] = {}
    for size in sizes:
        with Bulk(size, FIRST).serving() as url:
            words = ["--child", url, "--folder", str(folder / f"memory-{size}")]
            child = subprocess.run(
                [sys.executable, "-m", "bench.edgar_backfill", *words], check=True, stdout=subprocess.PIPE
            )
        found[size] = json.loads(child.stdout)
        told = found[size]
        print(
            f"{'edgar-memory':<14} {size:>6} filings  peak {told['peak_mb']:7.1f} MB "
            f"({told['peak_collecting_mb']:.1f} MB collecting)   {told['collecting_s']:.1f} s collecting, "
            f"{told['parsing_s']:.1f} s parsing"
        )
    results.mkdir(parents=True, exist_ok=True)
    (results / "edgar-memory.json").write_text(
        json.dumps({"name": "edgar-memory", "by_filings": found}, indent=1) + "\n"
    )
    return found


def main(words: Sequence[str] | None = None) -> None:
    """Run and write `bench/results/edgar-*.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filings", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sizes", default="100,1000,10000", help="filings of the memory runs")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if given.child:
        print(json.dumps(measured(given.child, given.folder, FIRST)))
        return
    with tempfile.TemporaryDirectory() as folder:
        if given.filings:
            speed(given.filings, given.repeats, Path(folder), given.results)
        sizes = [int(size) for size in re.findall(r"\d+", given.sizes)]
        memory(sizes, Path(folder), given.results)


if __name__ == "__main__":
    main()
