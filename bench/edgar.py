"""Claim: insiders' forms are read 50 times, and items of reports 10 times, as fast as by edgartools, on one core.

Peer: edgartools on the same documents, off the network (peer.py): once as it is used, asking this machine about every
owner, and once told at once that each is a person, so that only reading is timed. Floor of reading: lxml making trees
of the same bytes and nothing else. Documents are recordings where a folder of them is given, otherwise the sandbox's.
Refuted where the median of edgartools over ours is below 50 (forms) or 10 (items).

Belongs here: what is timed. Not here: repeating and reporting (harness.py), whether both read the same
(accuracy_ownership.py).
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType

from lxml import etree

from bench.accuracy_ownership import bare, documents
from bench.harness import RESULTS, Contender, Timing, compare
from bench.peer import edgartools
from tauric_assets.feeds.edgar.ownership import parse_ownership
from tauric_assets.feeds.edgar.sections import sections
from tauric_assets.sandbox.world.companies import PROFILES
from tauric_assets.sandbox.world.fiscal import last_quarter
from tauric_assets.sandbox.world.insiders import reports_of_week
from tauric_assets.sandbox.world.ownership import ownership_xml
from tauric_assets.sandbox.world.reports import periodic_report

SEED = 7
FILED_ON = date(2026, 1, 20)
WEEKS = range(1, 5)
"""Weeks of the sandbox's world, from its first day on."""


@dataclass(frozen=True)
class Given:
    """What to time, how often, and where the result goes. `limit` is the number of documents of each kind."""

    realdata: Path | None
    limit: int
    repeats: int
    results: Path


def ownership(given: Given) -> dict[str, Timing]:
    """Rows of ownership documents."""
    xmls = (
        [bare(body) for _, body in documents(given.realdata)]
        if given.realdata
        else [ownership_xml(SEED, report).encode() for week in WEEKS for report in reports_of_week(SEED, week)]
    )[: given.limit]
    texts = [xml.decode("utf-8") for xml in xmls]

    def read() -> None:
        for xml in xmls:
            parse_ownership(xml, "", 0, "source", None)

    def trees() -> None:
        for xml in xmls:
            etree.fromstring(xml)

    with edgartools("edgar.ownership", asking=True) as (module,):
        size = sum(map(len, xmls))
        timings = compare(
            "edgar-ownership",
            [
                Contender("tauric", read),
                Contender("lxml, trees only", trees),
                Contender("edgartools, told", _theirs(module, texts, asking=False)),
                Contender("edgartools, asking", _theirs(module, texts, asking=True)),
            ],
            repeats=given.repeats,
            parameters={"documents": len(xmls), "bytes": size, "recorded": given.realdata is not None},
            results=given.results,
        )
    for name, timing in timings.items():
        each = timing.median_s / len(xmls) * 1e3
        times = timing.median_s / timings["tauric"].median_s
        print(f"{'':<14} {name:<24} {each:8.3f} ms a document   {times:.1f} times ours")
    return timings


def _theirs(module: ModuleType, texts: Sequence[str], *, asking: bool) -> Callable[[], None]:
    def read() -> None:
        with edgartools(asking=asking):
            for text in texts:
                module.Ownership.parse_xml(text)

    return read


def items(given: Given) -> dict[str, Timing]:
    """Items of annual and quarterly reports, each with its text."""
    bodies = (_recorded(given.realdata) if given.realdata else _made())[: given.limit]
    size = sum(len(body) for _, body in bodies)

    def read() -> None:
        for form, body in bodies:
            sections("report.htm", form, body)

    with edgartools("edgar.documents") as (module,):

        def theirs() -> None:
            for form, body in bodies:
                parser = module.HTMLParser(module.ParserConfig(form=form))
                for section in parser.parse(body.decode("utf-8", "replace")).sections.values():
                    section.text()

        timings = compare(
            "edgar-sections",
            [Contender("tauric", read), Contender("edgartools", theirs)],
            repeats=given.repeats,
            parameters={"documents": len(bodies), "bytes": size, "recorded": given.realdata is not None},
            results=given.results,
        )
    for name, timing in timings.items():
        print(f"{'':<14} {name:<24} {size / timing.median_s / 1e6:8.2f} MB/s")
    return timings


def _recorded(realdata: Path) -> list[tuple[str, bytes]]:
    files = sorted((realdata / "filings" / "sections").glob("*.html"))
    return [(path.name.partition("_")[0], path.read_bytes()) for path in files]


def _made() -> list[tuple[str, bytes]]:
    made = []
    for profile in PROFILES:
        serial = last_quarter(profile, FILED_ON).serial
        made += [(form, periodic_report(SEED, profile, form, serial, FILED_ON).encode()) for form in ("10-K", "10-Q")]
    return made


BENCHMARKS: Mapping[str, Callable[[Given], object]] = {"ownership": ownership, "sections": items}


def main(words: Sequence[str] | None = None) -> None:
    """Run and write `bench/results/edgar-*.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--realdata", type=Path, help="folder of real recordings; without it, the sandbox's documents")
    parser.add_argument("--limit", type=int, default=1_000_000, help="documents of each kind")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--only", choices=sorted(BENCHMARKS), help="one benchmark instead of all")
    words_given = parser.parse_args(words)
    given = Given(words_given.realdata, words_given.limit, words_given.repeats, words_given.results)
    for name, benchmark in BENCHMARKS.items():
        if words_given.only in (None, name):
            benchmark(given)


if __name__ == "__main__":
    main()
