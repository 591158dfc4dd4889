"""Posts: replayed from a cursor, taken up again after a cut, filtered with everything accounted for."""

import json
import random
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.server import ServerConnection, serve

from tauric_assets.errors import MalformedDocument, UpstreamUnavailable, UsageError
from tauric_assets.feeds import jetstream
from tauric_assets.feeds.contract import Document
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.tables import TABLES, to_arrow
from tauric_assets.text import documents
from tauric_assets.text.linking import Gazetteer
from tauric_assets.times import Days
from tauric_assets_tests.feeds.golden import document

DAY = date(2026, 1, 5)
START_US = Days.one(DAY).start_ns // 1_000
END_US = Days.one(DAY).end_ns // 1_000


def event(at: int, number: int = 1, operation: str = "create", text: str = "NOVA up", **more: object) -> bytes:
    commit: dict[str, object] = {
        "rev": f"r{number}", "operation": operation, "collection": "app.bsky.feed.post", "rkey": f"k{number}",
    }  # fmt: skip
    if operation != "delete":
        commit["record"] = {"$type": "app.bsky.feed.post", "text": text, "langs": ["en"],
                            "createdAt": "2026-01-05T00:00:00.5Z"}  # fmt: skip
    frame = {"did": "did:plc:a", "time_us": at, "kind": "commit", "commit": commit | more}
    return json.dumps(frame, separators=(",", ":")).encode()


class Firehose:
    """A Jetstream of given events; the n-th connection is cut after `cuts[n]` events where there is one."""

    def __init__(self, events: list[tuple[int, bytes]], cuts: tuple[int, ...] = ()) -> None:
        self.cursors: list[int] = []

        def handle(connection: ServerConnection) -> None:
            query = parse_qs(urlsplit(connection.request.path if connection.request else "").query)
            assert query["wantedCollections"] == ["app.bsky.feed.post"]
            cursor = int(query["cursor"][0])
            self.cursors.append(cursor)
            cut = cuts[len(self.cursors) - 1] if len(self.cursors) <= len(cuts) else None
            for number, (at, frame) in enumerate(event for event in events if event[0] >= cursor):
                if number == cut:
                    connection.socket.close()
                    return
                connection.send(frame.decode("utf-8", "surrogatepass"))
                assert at >= cursor
            connection.close(1000)

        self.server = serve(handle, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.socket.getsockname()[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def firehoses() -> Iterator[list[Firehose]]:
    made: list[Firehose] = []
    yield made
    for one in made:
        one.server.shutdown()


def collect(firehose: Firehose, folder: Path, now: int = END_US * 2_000, **options: object) -> list[Document]:
    settings = Settings(data_dir=folder, sandbox_url=firehose.url, http_tries_max=3)
    with Fetcher(settings, lambda: now, classify=()) as fetching:
        return list(jetstream.collect(fetching, "posts", DAY, options))


def events(count: int) -> list[tuple[int, bytes]]:
    step = (END_US - START_US) // count
    times = [START_US + number // 2 * 2 * step for number in range(count)]  # pairs share an instant
    return [(at, event(at, number)) for number, at in enumerate(times)]


def frames(documents: list[Document]) -> list[bytes]:
    return [line for one in documents for line in one.body.splitlines()]


def test_a_day_is_replayed_in_documents_of_a_thousand(firehoses: list[Firehose], tmp_path: Path) -> None:
    inside = events(2_500)
    around = [(START_US - 1, event(START_US - 1, 9_001)), *inside, (END_US, event(END_US, 9_002))]
    firehoses.append(Firehose(around))
    found = collect(firehoses[0], tmp_path)
    assert [len(one.body.splitlines()) for one in found] == [1_000, 1_000, 500]
    assert frames(found) == [frame for _, frame in inside]
    assert [one.known_at for one in found] == [inside[n][0] * 1_000 for n in (999, 1_999, 2_499)]
    assert {one.quality for one in found} == {"source"}
    assert found == collect(firehoses[0], tmp_path)


def test_a_cut_line_is_taken_up_where_it_broke(firehoses: list[Firehose], tmp_path: Path) -> None:
    inside = events(60)
    firehoses.append(Firehose(inside, cuts=(21, 3, 30)))
    assert frames(collect(firehoses[0], tmp_path)) == [frame for _, frame in inside]
    assert firehoses[0].cursors[:2] == [START_US, inside[20][0] - jetstream.REWIND_US]
    assert len(firehoses[0].cursors) == 4


def test_a_line_that_never_holds_is_unavailable(firehoses: list[Firehose], tmp_path: Path) -> None:
    firehoses.append(Firehose(events(10), cuts=(0, 0, 0)))
    with pytest.raises(UpstreamUnavailable):
        collect(firehoses[0], tmp_path)
    assert len(firehoses[0].cursors) == 3


def test_today_is_replayed_until_now(firehoses: list[Firehose], tmp_path: Path) -> None:
    inside = events(100)
    firehoses.append(Firehose(inside))
    found = collect(firehoses[0], tmp_path, now=inside[40][0] * 1_000)
    assert frames(found) == [frame for _, frame in inside[:40]]


WARNING = f"feed=posts day=2026-01-05 asked={START_US} first="


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == jetstream.__name__ and one.levelname == "WARNING"]


@pytest.mark.parametrize("later", [END_US, END_US + 86_400_000_000, None])
def test_a_past_day_that_is_no_longer_kept_is_told(
    later: int | None, firehoses: list[Firehose], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = [] if later is None else [(later, event(later)), (later + 1, event(later + 1, 2))]
    firehoses.append(Firehose(kept))
    assert collect(firehoses[0], tmp_path) == []
    (warning,) = warnings(caplog)
    assert f"{WARNING}{later}" in warning


def test_a_day_that_is_kept_and_a_young_today_are_not_told(
    firehoses: list[Firehose], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    firehoses += [Firehose([*events(4), (END_US, event(END_US, 9))]), Firehose([])]
    assert len(frames(collect(firehoses[0], tmp_path))) == 4
    assert collect(firehoses[1], tmp_path, now=START_US * 1_000 + 7_000) == []
    assert warnings(caplog) == []


def replayed(*lines: bytes, **attributes: str) -> Document:
    return document("jetstream", b"\n".join(lines) + b"\n", "application/x-ndjson", mode="replayed", **attributes)


def test_events_become_rows_known_when_told() -> None:
    lines = [
        event(START_US + 1),
        event(START_US + 2, operation="update", text="a\ud83d\x00b"),
        event(START_US + 3, operation="delete"),
        b'{"did":"did:plc:a","time_us":1767571200000004,"kind":"identity","identity":{}}',
        event(START_US + 5, collection="app.bsky.feed.like"),
        event(START_US + 6, operation="explode"),
        b"not json",
        b'{"did":"did:plc:a","kind":"commit"}',
    ]
    parsed = jetstream.parse(replayed(*lines))
    assert (parsed.records, parsed.ignored) == (8, 2)
    assert [reject.position for reject in parsed.rejects] == ["line 6", "line 7", "line 8"]
    first, second, third = parsed.rows["posts"]
    assert first == {
        "ts_event": (START_US + 1) * 1_000,
        "known_at": (START_US + 1) * 1_000,
        "known_at_quality": "source",
        "network": "bluesky",
        "did": "did:plc:a",
        "collection": "app.bsky.feed.post",
        "rkey": "k1",
        "rev": "r1",
        "operation": "create",
        "text": "NOVA up",
        "languages": ["en"],
        "reply_to": None,
        "created_at": START_US * 1_000 + 500_000_000,
        "flags": [],
    }
    assert second["flags"] == ["text_repaired"]
    assert second["text"] == "a��b"
    assert (third["operation"], third["text"]) == ("delete", None)
    assert to_arrow(TABLES["posts"], parsed.rows["posts"]).num_rows == 3


def test_hostile_text_is_made_safe_and_flagged() -> None:
    mile = "e" + "\u0301" * 10_000
    lines = [
        event(1, text=mile),
        event(2, text="x" * 5_000_000),
        event(3, text="\x00"),
        event(4, text="n\u0303 \u05e9\u05c1"),
    ]
    rows = jetstream.parse(replayed(*lines)).rows["posts"]
    assert [(len(str(row["text"])), row["flags"]) for row in rows] == [
        (9, ["marks_cut"]),
        (20_000, ["text_cut"]),
        (1, ["text_repaired"]),
        (5, []),
    ]


def account(at: int, did: str = "did:plc:a", active: bool = False, **told: object) -> bytes:
    about = {"active": active, "did": did, "seq": at, "time": "2026-01-05T00:00:00Z"} | told
    return json.dumps({"did": did, "time_us": at, "kind": "account", "account": about}).encode()


def test_accounts_that_go_take_their_posts_along_until_they_are_back(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake", lambda: END_US * 1_000)
    lines = [event(START_US + 1, 1), event(START_US + 2, 2), account(START_US + 3, status="takendown")]

    def kept() -> list[str]:
        rows = [row | {"date": DAY, "source": "x"} for row in jetstream.parse(replayed(*lines)).rows["posts"]]
        lake.revise("posts", Days.one(DAY), to_arrow(TABLES["posts"], rows), everywhere=True)
        empty = [TABLES[name].schema.empty_table() for name in ("filing_sections", "news")]
        nobody = Gazetteer(TABLES["instruments"].schema.empty_table())
        found = documents.build(*empty, lake.read("posts"), nobody)["document_id"].to_pylist()
        assert set(documents.withdrawn_posts(lake)).isdisjoint(found)
        return sorted(found)

    assert kept() == []
    assert documents.withdrawn_posts(lake) == ["post:did:plc:a/k1", "post:did:plc:a/k2"]
    lines += [event(START_US + 4, 2, operation="delete"), account(START_US + 5, active=True)]
    assert kept() == ["post:did:plc:a/k1"]
    parsed = jetstream.parse(replayed(account(1, active=None)))  # type: ignore[arg-type]
    assert [reject.reason for reject in parsed.rejects] == ["ValueError: account does not say whether it is active"]


@pytest.mark.slow
@given(cut=st.integers(1, 40), order=st.randoms(use_true_random=False))
def test_the_same_revision_told_again_adds_nothing(cut: int, order: random.Random, tmp_path_factory: Any) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"), lambda: END_US * 1_000)
    lines = [event(START_US + at, at % 7, text=f"n{at % 7}") for at in range(1, 41)]
    rows = [row | {"date": DAY, "source": "x"} for row in jetstream.parse(replayed(*lines)).rows["posts"]]
    for part in (rows[:cut], rows[max(0, cut - 5) :], rows):
        order.shuffle(part)
        lake.revise("posts", Days.one(DAY), to_arrow(TABLES["posts"], part), everywhere=True)
    stored = lake.read("posts", every_revision=True).select(["did", "collection", "rkey", "rev"]).to_pylist()
    assert len(stored) == len({tuple(row.values()) for row in stored}) == 7


def test_keywords_keep_matching_posts_and_all_deletions() -> None:
    lines = [event(1, text="Nova!"), event(2, text="cats"), event(3, operation="delete")]
    parsed = jetstream.parse(replayed(*lines, keywords='["NOVA"]'))
    assert [row["operation"] for row in parsed.rows["posts"]] == ["create", "delete"]
    assert parsed.ignored == 1


def test_a_document_without_json_is_malformed() -> None:
    for body in (b"<html>", b"a\nb\nc"):
        with pytest.raises(MalformedDocument):
            jetstream.parse(replayed(body))
    assert jetstream.parse(replayed(b"")).records == 0


def test_a_look_sees_only_new_events(firehoses: list[Firehose], tmp_path: Path) -> None:
    firehoses.append(Firehose([(START_US, event(START_US))]))
    settings = Settings(data_dir=tmp_path, sandbox_url=firehoses[0].url)
    with Fetcher(settings, lambda: START_US * 1_000 + 5_000, classify=()) as fetching:
        first = jetstream.poll(fetching, "p", {}, "")
        assert (first.changed, first.cursor) == (True, str(START_US + 5))
        assert not jetstream.poll(fetching, "p", {}, first.cursor).changed
        assert jetstream.poll(fetching, "p", {}, str(START_US)).changed


def test_options_are_lists_of_words(tmp_path: Path, firehoses: list[Firehose]) -> None:
    firehoses.append(Firehose([]))
    for options in ({"keywords": "nova"}, {"collections": [1]}):
        with pytest.raises(UsageError, match="list of words"):
            collect(firehoses[0], tmp_path, **options)
