"""Every kind of fault, over real HTTP and websockets; and the rules that decide when one strikes."""

import json
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus, WebSocketException

from tauric_assets.errors import UsageError
from tauric_assets.sandbox.faults import FaultBook, Rule, rules_from_json
from tauric_assets.sandbox.launch import Running, start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets_tests.sandbox.serving import NOW, client, hear

FEED = "www.prnewswire.com/rss/news-releases-list.rss"
STREAM = "stream.binance.com:9443/ws/novausdt@trade"
TICKERS = "/www.sec.gov/files/company_tickers.json"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start(SandboxOptions(port=0, clock=f"frozen:{NOW}", play=date(2026, 1, 8))) as running:
        yield running


@pytest.fixture
def web(sandbox: Running) -> Iterator[httpx.Client]:
    with client(sandbox) as opened:
        yield opened
        opened.delete("/sandbox/faults")


def _ask_for(web: httpx.Client, **rule: object) -> None:
    assert web.post("/sandbox/faults", json=[rule]).status_code == 200


def _numbers(sandbox: Running) -> list[int]:
    return [int(str(message["t"])) for message in hear(sandbox, STREAM).messages]


@pytest.mark.parametrize("status", [403, 429, 503])
def test_status_answers_with_retry_after_as_often_as_asked(web: httpx.Client, status: int) -> None:
    _ask_for(web, match="www.sec.gov/*", kind="status", status=status, retry_after_s=7, times=2)
    answers = [web.get(TICKERS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert web.get(f"/{FEED}").status_code == 200
    assert web.get("/sandbox/faults").json()["faults"][0]["struck"] == 2
    assert [entry["fault"] for entry in web.get("/sandbox/log?last=4").json()] == ["status", "status", "", ""]


def test_slow_waits_before_it_answers(web: httpx.Client) -> None:
    _ask_for(web, match="www.sec.gov/*", kind="slow", seconds=0.4)
    began = time.monotonic()
    assert web.get(TICKERS).status_code == 200
    assert time.monotonic() - began >= 0.4
    with pytest.raises(httpx.ReadTimeout):
        web.get(TICKERS, timeout=0.1)


def test_omit_leaves_out_the_entries_that_hold_a_text_and_no_other(web: httpx.Client) -> None:
    whole = ElementTree.fromstring(web.get(f"/{FEED}").content)
    titles = [str(title.text) for title in whole.iterfind("channel/item/title")]
    _ask_for(web, match="www.prnewswire.com/*", kind="omit", text=f"<title>{titles[1]}")
    left = ElementTree.fromstring(web.get(f"/{FEED}").content)
    assert [title.text for title in left.iterfind("channel/item/title")] == [titles[0], *titles[2:]]


def test_truncate_promises_all_and_hangs_up(web: httpx.Client) -> None:
    whole = web.get(f"/{FEED}").content
    _ask_for(web, match="www.prnewswire.com/*", kind="truncate", fraction=0.25)
    received = bytearray()
    with web.stream("GET", f"/{FEED}") as answer:
        assert int(answer.headers["content-length"]) == len(whole)
        with pytest.raises(httpx.RemoteProtocolError):
            for chunk in answer.iter_raw():
                received += chunk
    assert bytes(received) == whole[: len(whole) // 4]


def test_malformed_xml_arrives_whole_and_does_not_parse(web: httpx.Client) -> None:
    _ask_for(web, match=FEED, kind="malformed_xml", times=1)
    damaged = web.get(f"/{FEED}")
    assert damaged.status_code == 200
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(damaged.content)
    ElementTree.fromstring(web.get(f"/{FEED}").content)


def test_an_answer_without_a_body_stays_as_it_is(web: httpx.Client) -> None:
    tag = {"If-None-Match": web.get(f"/{FEED}").headers["etag"]}
    for kind in ("malformed_xml", "truncate"):
        _ask_for(web, match=FEED, kind=kind, times=1)
        assert web.get(f"/{FEED}", headers=tag).status_code == 304


def test_reset_tears_the_connection(web: httpx.Client) -> None:
    _ask_for(web, match="www.sec.gov/*", kind="reset", times=1)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        web.get(TICKERS)
    assert web.get(TICKERS).status_code == 200


def test_delete_ends_all_faults_and_nonsense_is_refused(web: httpx.Client) -> None:
    _ask_for(web, match="*", kind="status")
    assert web.get(TICKERS).status_code == 503
    assert web.get("/sandbox/health").status_code == 200
    assert web.delete("/sandbox/faults").json() == {"faults": []}
    assert web.get(TICKERS).status_code == 200
    for nonsense in (
        "[",
        '[{"kind": "status"}]',
        '[{"match": "*", "kind": "flood"}]',
        '{"match": "*", "kind": "slow", "x": 1}',
    ):
        answer = web.post("/sandbox/faults", content=nonsense)
        assert answer.status_code == 400
        assert answer.json()["error"]


def test_drop_duplicate_and_reorder_touch_ticks_only(sandbox: Running, web: httpx.Client) -> None:
    whole = _numbers(sandbox)
    assert whole == sorted(set(whole))
    _ask_for(web, match=STREAM, kind="drop", rate=0.2)
    dropped = _numbers(sandbox)
    assert set(dropped) < set(whole)
    assert 0.7 < len(dropped) / len(whole) < 0.9
    web.delete("/sandbox/faults")
    _ask_for(web, match=STREAM, kind="duplicate", times=3)
    doubled = _numbers(sandbox)
    assert doubled == sorted([*whole, *whole[:3]])
    web.delete("/sandbox/faults")
    _ask_for(web, match=STREAM, kind="reorder", rate=0.1)
    shuffled = _numbers(sandbox)
    assert shuffled != whole
    assert sorted(shuffled) == whole


def test_close_after_cuts_the_stream_once(sandbox: Running, web: httpx.Client) -> None:
    _ask_for(web, match="stream.binance.com*", kind="close_after", frames=10, times=1)
    cut = hear(sandbox, STREAM)
    assert (len(cut.frames), cut.code) == (10, 1012)
    assert hear(sandbox, STREAM).code == 1000


def test_websockets_can_be_refused_and_reset(sandbox: Running, web: httpx.Client) -> None:
    _ask_for(web, match=STREAM, kind="status", status=429, times=1)
    with pytest.raises(InvalidStatus) as refused:
        hear(sandbox, STREAM)
    assert refused.value.response.status_code == 429
    _ask_for(web, match=STREAM, kind="reset", times=1)
    with pytest.raises((OSError, WebSocketException, EOFError)):
        hear(sandbox, STREAM)
    assert hear(sandbox, STREAM).code == 1000


@pytest.mark.slow
def test_faults_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"match": "www.sec.gov/*", "kind": "status", "status": 503, "times": 1}]))
    with start(SandboxOptions(port=0, clock=f"frozen:{NOW}", faults=file)) as running, client(running) as web:
        assert [web.get(TICKERS).status_code for _ in range(2)] == [503, 200]
    with pytest.raises(UsageError, match="cannot read"):
        start(SandboxOptions(port=0, faults=tmp_path / "none.json"))


@given(seed=st.integers(0, 1000), rate=st.floats(0, 1), times=st.none() | st.integers(0, 30))
def test_the_same_seed_strikes_at_the_same_chances(seed: int, rate: float, times: int | None) -> None:
    rules = [Rule("a/*", "status", rate=rate, times=times), Rule("*", "reset", rate=0.5)]
    books = [FaultBook(seed, rules) for _ in range(2)]
    outcomes = [[book.for_answer("a/b") for _ in range(60)] for book in books]
    assert outcomes[0] == outcomes[1]
    struck = sum(rule is rules[0] for rule in outcomes[0])
    assert struck <= (60 if times is None else times)


@given(st.lists(st.text("abc", max_size=3), max_size=60), st.integers(0, 50), st.data())
def test_tick_faults_lose_only_what_is_dropped(frames: list[str], seed: int, data: st.DataObject) -> None:
    kinds = data.draw(st.sets(st.sampled_from(["duplicate", "reorder"])))
    disturber = FaultBook(seed, [Rule("*", kind, rate=0.5) for kind in sorted(kinds)]).for_stream("x")
    sent, closes = disturber.ticks(list(frames))
    told = [*sent, *disturber.rest()]
    assert not closes
    assert set(told) == set(frames)
    if "duplicate" not in kinds:
        assert sorted(told) == sorted(frames)


@pytest.mark.parametrize(
    "text", ['[{"match": "*", "kind": "drop", "rate": 2}]', '[{"match": "*", "kind": "status", "status": 200}]', "[3]"]
)
def test_rules_out_of_range_are_usage_errors(text: str) -> None:
    with pytest.raises(UsageError):
        rules_from_json(text)
