"""Posts of the world: Jetstream frames in order, with tickers, reactions, deletions and other events."""

import itertools
import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.sandbox.world import World
from tauric_assets.sandbox.world.calendar import events_between
from tauric_assets.times import DAY_NS, SECOND_NS, day_start_ns, parse_instant

WORLD = World(7)
START = day_start_ns(date(2026, 1, 5))
WEEK = [json.loads(post.frame) for post in WORLD.posts(START, START + 7 * DAY_NS)]
COMMITS = [frame["commit"] for frame in WEEK if frame["kind"] == "commit"]


def test_every_day_has_its_posts() -> None:
    for day in range(21):
        count = sum(1 for _ in WORLD.posts(START + day * DAY_NS, START + (day + 1) * DAY_NS))
        assert 55 <= count <= 190, day
    assert sum(1 for _ in WORLD.posts(START, START + 5 * DAY_NS)) >= 100


def test_frames_have_jetstreams_shape() -> None:
    for frame in WEEK:
        assert frame["did"].startswith("did:plc:")
        assert len(frame["did"]) == 32
        assert frame["time_us"] >= START // 1_000
        assert frame["kind"] in {"commit", "identity", "account"}
    creates = [commit for commit in COMMITS if commit["operation"] == "create"]
    for commit in creates:
        record = commit["record"]
        assert commit["collection"] == record["$type"] == "app.bsky.feed.post"
        assert len(commit["rkey"]) == len(commit["rev"]) == 13
        assert len(commit["cid"]) == 59
        assert record["text"]
        assert record["langs"]
    assert {frame["kind"] for frame in WEEK} == {"commit", "identity", "account"}
    assert any("reply" in commit["record"] for commit in creates)
    assert any("$NOVA" in commit["record"]["text"] for commit in creates)
    assert any(commit["record"]["langs"] != ["en"] for commit in creates)


def test_times_grow_strictly_and_follow_the_authors_stamp() -> None:
    times = [frame["time_us"] for frame in WEEK]
    assert all(a < b for a, b in itertools.pairwise(times))
    for frame in WEEK:
        if frame["kind"] == "commit" and frame["commit"]["operation"] == "create":
            created = parse_instant(frame["commit"]["record"]["createdAt"]) // 1_000
            assert 0 < frame["time_us"] - created < 1_100_000


def test_record_keys_are_unique_and_deletions_name_an_earlier_post() -> None:
    month = [json.loads(post.frame) for post in WORLD.posts(START - 7 * DAY_NS, START + 21 * DAY_NS)]
    created: set[tuple[str, str]] = set()
    deleted = 0
    for frame in month:
        if frame["kind"] != "commit":
            continue
        key = (frame["did"], frame["commit"]["rkey"])
        if frame["commit"]["operation"] == "create":
            assert key not in created
            created.add(key)
        elif frame["time_us"] * 1_000 > START - 6 * DAY_NS:
            assert key in created
            assert "record" not in frame["commit"]
            deleted += 1
    assert deleted > 10


def test_people_react_to_events() -> None:
    for event in events_between(7, date(2026, 1, 5), date(2026, 1, 10)):
        words = (f"${event.profile.ticker}", event.profile.short_name)

        def mentions(start: int, end: int, words: tuple[str, ...] = words) -> int:
            return sum(any(word in post.frame.decode() for word in words) for post in WORLD.posts(start, end))

        hours = 4 * 3_600 * SECOND_NS
        assert mentions(event.at, event.at + hours) >= 4
        assert mentions(event.at, event.at + hours) >= mentions(event.at - hours, event.at)


@given(st.lists(st.integers(START, START + 3 * DAY_NS), min_size=3, max_size=5).map(sorted))
def test_ranges_join_without_gap_or_repetition(cuts: list[int]) -> None:
    joined = [p for a, b in itertools.pairwise(cuts) for p in WORLD.posts(a, b)]
    assert joined == list(WORLD.posts(cuts[0], cuts[-1]))
