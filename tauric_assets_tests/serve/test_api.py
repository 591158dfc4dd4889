"""The REST API over a real socket: reads as of an instant, formats, tags, pages, problems."""

import csv
import io
import json
import shutil
from decimal import Decimal
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tauric_assets.house import House
from tauric_assets.settings import Settings
from tauric_assets.tables import TABLES
from tauric_assets.times import SECOND_NS, ns_to_text
from tauric_assets_tests.serve.conftest import served
from tauric_assets_tests.serve.made import HOUR_NS, PRESENT, START, Made, add, add_future, bar, entry, small_house

EVERYTHING = (
    "/v1/bars?symbol=NOVA",
    "/v1/indicators?symbol=NOVA",
    "/v1/filings?symbol=NOVA",
    "/v1/insider_transactions?symbol=NOVA&order=desc",
    "/v1/instruments?limit=10",
    "/v1/documents?symbol=NOVA",
    "/v1/news?limit=5",
    "/v1/posts?limit=5",
    "/v1/search?question=harbour+margin&k=20",
    "/v1/bars/NOVA-USD/picture?interval=1h&venue=coinbase",
)


def rows(answer: httpx.Response) -> list[dict[str, object]]:
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.content, parse_float=Decimal)["rows"]
    assert isinstance(found, list)
    return found


def detail(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert set(told) == {"type", "title", "status", "detail"}
    assert told["status"] == status
    assert "\n" not in told["detail"] and "Traceback" not in answer.text
    return str(told["detail"])


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The small house again, with a future that became known after `PRESENT`."""
    made = small_house(tmp_path_factory.mktemp("grown"))
    add_future(made.house, PRESENT + 1)
    made.clock.now = PRESENT + 10 * HOUR_NS
    return made


@pytest.fixture(scope="module")
def grown_client(grown: Made):
    with served(grown.house) as client:
        yield client


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=st.integers(START - HOUR_NS, PRESENT), path=st.sampled_from(EVERYTHING[:-1]))
def test_future_rows_never_change_an_earlier_answer(
    client: httpx.Client, grown_client: httpx.Client, moment: int, path: str
) -> None:
    before, after = (one.get(f"{path}&as_of={moment}") for one in (client, grown_client))
    told, retold = ({**one.json(), "version": 0} for one in (before, after))
    assert told == retold
    assert moment >= max((row["known_at"] for row in told.get("rows", told.get("passages"))), default=0)


@pytest.mark.slow
def test_the_future_is_seen_once_it_is_known(client: httpx.Client, grown_client: httpx.Client) -> None:
    for path in EVERYTHING[:-1]:
        if not path.startswith("/v1/indicators"):
            assert client.get(path).json() != grown_client.get(path).json(), path
    close = "/v1/bars?symbol=NOVA-USD&venue=coinbase&order=desc&columns=ts_event,close&limit=2"
    assert [row["close"] for row in rows(grown_client.get(close))] == [Decimal("888.88"), Decimal("777.77")]
    assert [row["close"] for row in rows(grown_client.get(f"{close}&as_of={PRESENT}"))] == [
        Decimal("105.5"),
        Decimal("104.5"),
    ]


@pytest.mark.slow
def test_pictures_show_what_was_known(client: httpx.Client, grown_client: httpx.Client) -> None:
    path = EVERYTHING[-1]
    pictures = [one.get(f"{path}&as_of={PRESENT}").content for one in (client, grown_client)]
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"\x89PNG\r\n\x1a\n")
    assert grown_client.get(path).content != pictures[0]
    assert "several series" in detail(client.get("/v1/bars/NOVA/picture?interval=1h"), 400)
    assert "no 5m bars of NOVA" in detail(client.get("/v1/bars/NOVA/picture?interval=5m"), 400)


def test_all_formats_say_the_same(client: httpx.Client) -> None:
    path = "/v1/insider_transactions?columns=known_at,transaction_date,owner_names,shares,price,rule_10b5_1"
    first = START + 10 * HOUR_NS
    expected = [
        (first, "2026-01-04", ["Ada Ruiz"], Decimal(1500), Decimal("12.345678"), None),
        (first + 24 * HOUR_NS, "2026-01-05", ["Ada Ruiz"], Decimal(1500), Decimal("12.345678"), None),
    ]
    answers = {form: client.get(f"{path}&format={form}") for form in ("json", "ndjson", "csv", "arrow", "parquet")}
    assert [tuple(row.values()) for row in rows(answers["json"])] == expected
    lines = [json.loads(line, parse_float=Decimal) for line in answers["ndjson"].text.splitlines()]
    assert [tuple(line.values()) for line in lines] == expected
    read = list(csv.DictReader(io.StringIO(answers["csv"].text)))
    assert [
        (int(row["known_at"]), row["transaction_date"], json.loads(row["owner_names"]), Decimal(row["shares"]))
        for row in read
    ] == [row[:4] for row in expected]
    assert [row["rule_10b5_1"] for row in read] == ["", ""]
    stream = pa.ipc.open_stream(answers["arrow"].content).read_all()
    assert stream == pq.read_table(io.BytesIO(answers["parquet"].content))
    wanted = TABLES["insider_transactions"].schema
    assert stream.schema == pa.schema([wanted.field(name) for name in stream.column_names])
    plain = [(one[0], str(one[1]), *one[2:]) for one in (tuple(row.values()) for row in stream.to_pylist())]
    assert plain == expected


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json;q=0.2, application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream"),
        ("application/x-ndjson;q=0.5, application/json;q=0", "application/x-ndjson"),
    ],
)
def test_accept_chooses_the_format(client: httpx.Client, accept: str, media_type: str) -> None:
    assert client.get("/v1/bars?limit=1", headers={"Accept": accept}).headers["content-type"] == media_type


def test_what_cannot_be_had_is_406(client: httpx.Client) -> None:
    assert "text/csv" in detail(client.get("/v1/bars", headers={"Accept": "image/png"}), 406)


def test_decimals_leave_exact(client: httpx.Client) -> None:
    row = client.get("/v1/bars?limit=1&venue=kraken&columns=open,high,notional").text
    assert '"rows":[{"open":100.000000001,"high":120,"notional":123456789012345678.000000000000000001}]' in row


def test_ranges_are_half_open_and_read_in_three_spellings(client: httpx.Client) -> None:
    start, end = START + 5 * HOUR_NS, START + 26 * HOUR_NS
    for first, last in ((str(start), str(end)), (ns_to_text(start), ns_to_text(end))):
        found = rows(client.get(f"/v1/bars?venue=coinbase&start={first}&end={last}&columns=ts_event"))
        assert [row["ts_event"] for row in found] == [START + hour * HOUR_NS for hour in range(5, 26)]
    found = rows(client.get("/v1/bars?venue=coinbase&start=2026-01-05&end=2026-01-06&columns=ts_event&order=desc"))
    assert [row["ts_event"] for row in found] == [START + hour * HOUR_NS for hour in reversed(range(24))]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("bars?symbol=NOVA", 50),
        ("bars?symbol=NOVA-USD&venue=kraken", 2),
        ("bars?symbol=ORBI", 0),
        ("bars?symbols=ORBI,NOVA-USD&interval=1h", 50),
        ("bars?interval=1d", 0),
        ("filings?symbol=NOVA-USD", 2),
        ("filings?cik=77&form=10-Q", 1),
        ("filings?cik=78", 0),
        ("filings?symbol=UNHEARD", 0),
        ("insider_transactions?symbol=NOVA", 2),
        ("insider_transactions?cik=77", 2),
        ("documents?symbol=NOVA&kind=news", 2),
        ("documents?symbol=NOVA-USD&kind=post", 1),
        ("documents?cik=77", 4),
        ("trades?symbol=NOVA", 0),
    ],
)
def test_symbols_and_companies(client: httpx.Client, query: str, count: int) -> None:
    assert len(rows(client.get(f"/v1/{query}"))) == count


@pytest.mark.slow
def test_an_unchanged_answer_is_304(changing: tuple[Made, httpx.Client]) -> None:
    made, client = changing
    first = client.get("/v1/bars?symbol=NOVA&limit=7")
    tag = first.headers["etag"]
    made.clock.now += 5 * SECOND_NS
    again = client.get("/v1/bars?symbol=NOVA&limit=7", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["x-as-of"] == ns_to_text(PRESENT + 5 * SECOND_NS)
    others = (
        "limit=8",
        "limit=7&format=csv",
        "limit=7&order=desc",
        f"limit=7&as_of={START}",
        "limit=7&start=2026-01-06",
    )
    assert all(client.get(f"/v1/bars?symbol=NOVA&{other}").headers["etag"] != tag for other in others)
    add(made.house, "bars", [bar(70)])
    changed = client.get("/v1/bars?symbol=NOVA&limit=7", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["x-data-version"]) == (200, "2")


@pytest.mark.slow
def test_pages_fit_together_while_the_table_changes(changing: tuple[Made, httpx.Client]) -> None:
    made, client = changing
    question = "/v1/bars?symbol=NOVA&limit=9&columns=ts_event,venue,close"
    whole = rows(client.get("/v1/bars?symbol=NOVA&columns=ts_event,venue,close"))
    found, cursor, turn = [], "", 0
    while cursor is not None:
        answer = client.get(f"{question}&cursor={cursor}" if cursor else question)
        found += rows(answer)
        assert answer.headers["x-data-version"] == "1"
        cursor = answer.json()["next_cursor"]
        add(made.house, "bars", [bar(turn, "1.25", venue="binance", known_at=START), bar(turn, "3", known_at=PRESENT)])
        made.clock.now += HOUR_NS
        turn += 1
    assert turn == 6
    assert found == whole
    assert len(rows(client.get("/v1/bars?symbol=NOVA"))) == 50 + turn


@pytest.mark.slow
def test_a_cursor_whose_version_is_gone_is_a_conflict(changing: tuple[Made, httpx.Client]) -> None:
    made, client = changing
    cursor = client.get("/v1/news?limit=1").json()["next_cursor"]
    add(made.house, "news", [entry(9, START + HOUR_NS, "More")])
    made.house.lake.maintain("news", retention_hours=0)
    assert "ask again" in detail(client.get(f"/v1/news?limit=1&cursor={cursor}"), 409)
    shutil.rmtree(Path(made.house.lake.root) / "news")
    assert "read its current one" in detail(client.get(f"/v1/news?limit=1&cursor={cursor}"), 409)


def test_cursors_of_other_questions_are_refused(client: httpx.Client) -> None:
    cursor = client.get("/v1/bars?limit=1").json()["next_cursor"]
    assert "another question" in detail(client.get(f"/v1/bars?limit=1&venue=kraken&cursor={cursor}"), 400)
    assert "another question" in detail(client.get(f"/v1/filings?cursor={cursor}"), 400)
    assert "another as_of" in detail(client.get(f"/v1/bars?cursor={cursor}&as_of=2026-01-06"), 400)
    for broken in ("x", "%22%00", cursor[:-4], "e30", cursor * 9):
        assert "no cursor of ours" in detail(client.get(f"/v1/bars?cursor={broken}"), 400)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/nothing", 404, "no table 'nothing'"),
        ("/elsewhere", 404, "Not Found"),
        ("/v1/bars?limit=0", 400, "limit"),
        ("/v1/bars?limit=100001", 400, "limit"),
        ("/v1/bars?price=1", 400, "unknown parameter price"),
        ("/v1/search", 400, "question"),
        ("/v1/search?question=%20", 400, "no words"),
        ("/v1/search?question=margin&k=101", 400, "k:"),
        ("/v1/bars?columns=open,price", 400, "no column price"),
        ("/v1/bars?columns=open%22%3B--", 400, "no column"),
        ("/v1/bars?form=8-K", 400, "cannot be asked by form"),
        ("/v1/bars?cik=77", 400, "cannot be asked by cik"),
        ("/v1/news?symbol=NOVA", 400, "documents"),
        ("/v1/bars?as_of=yesterday", 400, "cannot read 'yesterday'"),
        ("/v1/bars?as_of=99999999999999999999", 400, "beyond 1677 to 2262"),
        ("/v1/bars?as_of=9000-01-01", 400, "beyond 1677 to 2262"),
        ("/v1/bars?start=2026-01-06&end=2026-01-06", 400, "exclusive"),
        ("/v1/bars?format=xml", 400, "format"),
    ],
)
def test_problems(client: httpx.Client, path: str, status: int, words: str) -> None:
    assert words in detail(client.get(path), status)


@pytest.mark.parametrize("text", ["NOVA'; DROP TABLE bars; --", "' OR 1=1 --", '"', "\u0000", "NOVA%"])
def test_text_from_outside_is_never_sql(client: httpx.Client, text: str) -> None:
    for name in ("symbol", "venue", "interval"):
        assert rows(client.get("/v1/bars", params={name: text})) == []


def test_only_loopback_names_are_answered_and_nothing_is_written(client: httpx.Client) -> None:
    assert client.get("/v1/tables", headers={"Host": "evil.example"}).status_code == 400
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert "Method Not Allowed" in detail(client.request(method, "/v1/bars"), 405)


def test_tables_and_health(client: httpx.Client) -> None:
    told = {table["name"]: table for table in client.get("/v1/tables").json()["tables"]}
    assert set(told) == set(TABLES)
    assert told["bars"]["key"] == ["venue", "symbol", "interval", "ts_event"]
    assert (told["bars"]["rows"], told["bars"]["first_day"], told["bars"]["last_day"]) == (
        50,
        "2026-01-05",
        "2026-01-06",
    )
    assert {"name": "open", "type": "decimal128(18, 9)"} in told["bars"]["columns"]
    assert (told["trades"]["rows"], told["trades"]["version"]) == (0, -1)
    health = client.get("/healthz").json()
    assert (health["status"], health["tables"]["bars"], health["tables"]["trades"]) == ("ok", 1, -1)


def test_a_house_without_anything_answers(tmp_path: Path) -> None:
    with served(House(Settings(data_dir=tmp_path))) as client:
        assert rows(client.get("/v1/bars?symbol=NOVA")) == []
        assert "nothing can be searched yet" in detail(client.get("/v1/search?question=margin"), 503)
        assert client.get("/").status_code == 200


@pytest.mark.slow
def test_a_search_sees_a_snapshot_published_later(changing: tuple[Made, httpx.Client]) -> None:
    made, client = changing
    question = "/v1/search?question=harbour+contract&kinds=news&symbols=NOVA"
    assert client.get(question).json()["passages"][0]["text"].endswith("wins harbour contract")
    add_future(made.house, PRESENT + 1)
    made.clock.now = PRESENT + SECOND_NS
    assert client.get(question).json()["passages"][0]["text"].endswith("harbour contract void")
    assert client.get("/v1/search?question=margin&forms=10-K").json()["passages"] == []
