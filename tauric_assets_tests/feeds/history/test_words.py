"""Headlines and transcripts by file: every row once, exact times, and nothing known too early."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.commands.importing import Imported, import_file
from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.history import headlines
from tauric_assets.feeds.history.batches import NotTicks, Source
from tauric_assets.feeds.history.headlines import dated
from tauric_assets.feeds.history.transcripts import turns
from tauric_assets.lake.store import Lake
from tauric_assets.lake.verify import verify_table
from tauric_assets.tables import TABLES, to_arrow
from tauric_assets.text import documents
from tauric_assets.text.linking import Gazetteer
from tauric_assets.times import DAY_NS, Days, datetime_to_ns, ns_to_datetime, parse_instant

NOW = parse_instant("2026-01-08T00:00:00Z")
CSV = """,title,date,stock
0,Nova wins an order,2026-01-05 10:30:00-05:00,NOVA
1,"Nova, Orchard among movers",2026-01-05 10:31:00-05:00,NOVA
2,"Nova, Orchard among movers",2026-01-05 10:31:00-05:00,ORCH
3,A day without a clock,2026-01-06 00:00:00-05:00,ORCH
4,A headline without the rest
,2026-01-05 10:31:00-05:00,ORCH
5,No date,soon,ORCH
0,Nova wins an order,2026-01-05 10:30:00-05:00,NOVA
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", lambda: NOW)


def bring(lake: Lake, path: Path, kind: str, **told: object) -> Imported:
    return import_file(lake, path, kind, Source(**told), NOW)  # type: ignore[arg-type]


def test_headlines_become_news_once_and_bad_rows_are_kept_apart(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(CSV)
    first, second = bring(lake, path, "headlines"), bring(lake, path, "headlines")
    assert (first.rows["news"], first.added["news"], first.quarantined) == (5, 4, 3)
    assert second.added["news"] == 0
    rows = sorted(lake.read("news").to_pylist(), key=lambda row: (row["ts_event"], row["tags"]))
    assert [(row["title"], row["tags"], row["known_at_quality"], row["flags"]) for row in rows] == [
        ("Nova wins an order", ["$NOVA"], "source", []),
        ("Nova, Orchard among movers", ["$NOVA"], "source", []),
        ("Nova, Orchard among movers", ["$ORCH"], "source", []),
        ("A day without a clock", ["$ORCH"], "estimated", ["time_unknown"]),
    ]
    assert rows[0]["known_at"] == rows[0]["published_at"] == parse_instant("2026-01-05T15:30:00Z")
    assert rows[3]["known_at"] == parse_instant("2026-01-07T05:00:00Z")
    assert {row["reason"] for row in lake.read("quarantine").to_pylist()} == {
        "2 columns, not 4",
        "3 columns, not 4",
        "'soon' is no date",
    }
    days = Days(datetime(2026, 1, 5).date(), datetime(2026, 1, 8).date())
    assert verify_table(lake, "news", days).passed


def test_batches_of_any_size_bring_the_same_rows(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(CSV)
    monkeypatch.setattr(headlines, "BATCH_ROWS", 2)
    report = bring(lake, path, "headlines", feed="analysts")
    assert (report.rows["news"], report.added["news"], report.quarantined) == (5, 4, 3)
    assert {row["feed"] for row in lake.read("news").to_pylist()} == {"analysts"}


def test_a_file_without_headlines_is_refused(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(NotTicks, match=r"no columns title, date and stock .*: it has a, b"):
        bring(lake, path, "headlines")


@given(
    moment=st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    hours=st.none() | st.integers(-12, 14),
)
def test_no_headline_is_known_before_its_clock_can_have_struck(moment: datetime, hours: int | None) -> None:
    offset = "" if hours is None else f"{'-' if hours < 0 else '+'}{abs(hours):02d}:00"
    _, known_at, flags = dated(f"{moment:%Y-%m-%d %H:%M:%S}{offset}")
    latest = datetime_to_ns((moment - timedelta(hours=-12 if hours is None else hours)).replace(tzinfo=UTC))
    assert known_at >= latest
    assert flags or known_at == latest


CALL = """Operator
Good morning and welcome.
Jane Doe -- Chief Executive Officer
Thank you. Revenue rose 5% - a record.
John Roe (Analyst): What about margins?
Margins: up.
"""


def test_a_transcript_becomes_a_row_and_a_document(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "call_NOVA_q3_2024.txt"
    path.write_text(CALL)
    assert bring(lake, path, "transcript").added["transcripts"] == 1
    assert bring(lake, path, "transcript").added["transcripts"] == 0
    (row,) = lake.read("transcripts").to_pylist()
    assert (row["symbol"], row["fiscal_year"], row["fiscal_quarter"]) == ("NOVA", 2024, 3)
    assert row["known_at_quality"] == "estimated"
    assert ns_to_datetime(row["known_at"]) == datetime(2025, 4, 29, tzinfo=UTC)
    said = [(turn["speaker"], turn["role"]) for turn in row["turns"]]
    assert said == [("Operator", None), ("Jane Doe", "Chief Executive Officer"), ("John Roe", "Analyst")]
    nobody = {name: TABLES[name].schema.empty_table() for name in ("filing_sections", "news", "posts")}
    listed = {"symbol": "NOVA", "cik": 7, "name": "Nova Corp", "known_at": 1}
    gazetteer = Gazetteer(to_arrow(TABLES["instruments"], [listed]))
    (document,) = documents.build(*nobody.values(), gazetteer, lake.read("transcripts")).to_pylist()
    assert (document["kind"], document["ciks"], document["symbols"]) == ("transcript", [7], ["NOVA"])
    assert (document["title"], document["known_at"]) == ("NOVA Q3 2024 earnings call", row["known_at"])


def test_a_transcript_is_known_when_told_and_never_later_than_now(lake: Lake, tmp_path: Path) -> None:
    told, fresh, nameless = tmp_path / "A_q1_2025.txt", tmp_path / "B_q4_2025.txt", tmp_path / "call.txt"
    for path in (told, fresh, nameless):
        path.write_text(f"Welcome to {path.name}.")
    at = parse_instant("2025-05-01T21:00:00Z")
    bring(lake, told, "transcript", known_at=at)
    bring(lake, fresh, "transcript")
    bring(lake, nameless, "transcript", symbol="NOVA")
    found = {row["symbol"]: (row["known_at"], row["known_at_quality"]) for row in lake.read("transcripts").to_pylist()}
    assert found == {"A": (at, "source"), "B": (NOW, "observed"), "NOVA": (NOW, "observed")}


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b" \n"])
def test_a_file_without_text_is_malformed(body: bytes, lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "A_q1_2025.txt"
    path.write_bytes(body)
    with pytest.raises(MalformedDocument):
        bring(lake, path, "transcript")


@given(text=st.text(st.sampled_from("Ab:- \n()."), max_size=80))
def test_turns_lie_in_the_text_one_after_the_other(text: str) -> None:
    found = turns(text)
    assert len(found) != 1
    for one, following in zip(found, [*found, {"start_offset": len(text)}][1:], strict=True):
        assert 0 <= one["start_offset"] < one["end_offset"] == following["start_offset"]  # type: ignore[operator]


@pytest.mark.realdata
def test_real_headlines_and_transcripts_come_in(realdata: Path, lake: Lake) -> None:
    report = bring(lake, realdata / "news" / "analyst_ratings_processed.csv", "headlines")
    assert report.rows["news"] + report.quarantined == 9_993
    assert report.quarantined == 4
    estimated = lake.read("news", where="known_at_quality = 'estimated'")
    assert all("time_unknown" in flags for flags in estimated["flags"].to_pylist())
    late = [row["known_at"] - row["ts_event"] for row in lake.read("news").to_pylist()]
    assert set(late) == {0, DAY_NS}
    for path in sorted((realdata / "news" / "ectsum").glob("*.txt"))[:5]:
        assert bring(lake, path, "transcript").added["transcripts"] == 1
    assert {row["known_at_quality"] for row in lake.read("transcripts").to_pylist()} == {"estimated"}
