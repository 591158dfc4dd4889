"""The command as a process: bad input is one clear line, exit code 2, and never a traceback."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tauric_assets.settings import child_environment, load_settings

pytestmark = pytest.mark.slow


def tauric(tmp_path: Path, *words: str, stdin: bytes = b"", **settings: str) -> "subprocess.CompletedProcess[bytes]":
    told = {"data_dir": tmp_path / "data", "sandbox_url": "http://127.0.0.1:9", "http_tries_max": 1} | settings
    return subprocess.run(
        [sys.executable, "-m", "tauric_assets.cli", *words],
        env=child_environment(load_settings(**told)), input=stdin, capture_output=True, timeout=120,
    )  # fmt: skip


def refused(done: "subprocess.CompletedProcess[bytes]", *words: str) -> None:
    told = done.stderr.decode()
    assert done.returncode == 2, told
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 1, told
    for word in words:
        assert word in told


def test_an_unparsable_date(tmp_path: Path) -> None:
    refused(tauric(tmp_path, "backfill", "--from", "yesterday", "--to", "2026-01-06"), "yesterday", "YYYY-MM-DD")


def test_a_range_that_is_empty(tmp_path: Path) -> None:
    refused(tauric(tmp_path, "backfill", "--from", "2026-01-06", "--to", "2026-01-06"), "exclusive")


def test_an_unparsable_as_of(tmp_path: Path) -> None:
    refused(tauric(tmp_path, "query", "select 1", "--as-of", "noonish"), "noonish")


def test_sql_that_is_wrong_or_more_than_a_question(tmp_path: Path) -> None:
    refused(tauric(tmp_path, "query", "select symbo from trades"), "symbo")
    refused(tauric(tmp_path, "query", "drop table trades"), "SELECT")


def test_a_missing_folder(tmp_path: Path) -> None:
    refused(tauric(tmp_path, "demo", "--replay", str(tmp_path / "nowhere")), "nowhere")


def test_a_missing_file_and_an_unknown_kind(tmp_path: Path) -> None:
    refused(tauric(tmp_path, "inspect", "ownership", str(tmp_path / "no.xml")), "no.xml")
    refused(tauric(tmp_path, "inspect", "letters", str(tmp_path / "no.xml")), "ownership")


@pytest.mark.parametrize(
    ("command", "word"),
    [("sandbox", "in use"), ("dev", "in use"), ("serve", "taken")],
)
def test_a_port_in_use(tmp_path: Path, command: str, word: str) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        refused(tauric(tmp_path, command, "--port", port), port, word)


def test_live_without_an_identity(tmp_path: Path) -> None:
    refused(tauric(tmp_path, "dev", "--live"), "TAURIC_IDENTITY")


def test_a_sandbox_that_does_not_run(tmp_path: Path) -> None:
    done = tauric(tmp_path, "backfill", "--from", "2026-01-06", "--to", "2026-01-07", "--select", 'key:"raw/newswire"')
    told = done.stderr.decode()
    assert done.returncode == 1
    assert "Traceback" not in told
    assert "127.0.0.1:9" in told or "prnewswire" in told


def test_an_empty_lake_says_what_to_do(tmp_path: Path) -> None:
    done = tauric(tmp_path, "status")
    assert done.returncode == 0
    assert b"tauric demo" in done.stdout


def test_an_unknown_setting(tmp_path: Path) -> None:
    environment = child_environment(load_settings(data_dir=tmp_path), TAURIC_DATADIR="x")
    words = [sys.executable, "-m", "tauric_assets.cli", "status"]
    refused(subprocess.run(words, env=environment, capture_output=True, timeout=60), "TAURIC_DATA_DIR")


def test_what_cannot_be_parsed_is_named_and_loses_nothing_else(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.rss", tmp_path / "bad.rss"
    good.write_text("<rss version='2.0'><channel><title>t</title><item><guid>1</guid><title>Nova wins</title></item>"
                    "</channel></rss>")  # fmt: skip
    bad.write_bytes(b"\x00\x01 not a feed")
    done = tauric(tmp_path, "inspect", "feed", str(bad), str(good))
    assert done.returncode == 1
    assert b"bad.rss: quarantined" in done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["table"], row["title"]) for row in rows] == [("news", "Nova wins")]
    piped = tauric(tmp_path, "inspect", "feed", "-", stdin=good.read_bytes())
    assert piped.returncode == 0
    assert json.loads(piped.stdout)["title"] == "Nova wins"


COMPANYFACTS = json.dumps(
    {"cik": 1, "facts": {"us-gaap": {"Revenues": {"units": {"USD": [
        {"start": "2025-10-01", "end": "2025-12-31", "val": 1.5, "accn": "0001000001-26-000001", "fy": 2025, "fp": "FY",
         "form": "10-K", "filed": "2026-02-12"},
        {"end": "2025-12-31", "val": "n/a"},
    ]}}}}}
).encode()  # fmt: skip


def test_facts_are_inspected_from_standard_input_and_what_is_quarantined_is_told(tmp_path: Path) -> None:
    done = tauric(tmp_path, "inspect", "facts", "-", stdin=COMPANYFACTS)
    assert done.returncode == 1
    assert "quarantined" in done.stderr.decode()
    assert "facts.us-gaap.Revenues.USD[1]" in done.stderr.decode()
    [row] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (row["table"], row["value"], row["period_end"]) == ("facts", 1.5, "2025-12-31")
    done = tauric(tmp_path, "inspect", "facts", "-", stdin=COMPANYFACTS.replace(b'"n/a"', b"2"))
    assert done.returncode == 1  # still without a filing
    assert tauric(tmp_path, "inspect", "profile", "-", stdin=b"{}").returncode == 1


def test_facts_of_nobody(tmp_path: Path) -> None:
    refused(tauric(tmp_path, "facts", "NOBODY", "Revenues"), "NOBODY", "ticker")
    refused(tauric(tmp_path, "facts", "320193", "Revenues", "--as-of", "2026-01-01"), "Revenues", "320193", "as of")


def test_files_of_history_come_in_and_others_are_refused(tmp_path: Path) -> None:
    good, other = tmp_path / "NOVAUSDT-trades-2026-01-05.csv", tmp_path / "candles.csv"
    good.write_text("1,39432.48,0.000263,10.37,1767614400278,True,True\n")
    other.write_text("1637971200000,0.1,0.2,0.1,0.2,3,1637971259999,1.0,79,1,0.5,0\n")
    for added in ("1 trades, 1 new", "1 trades, 0 new"):
        done = tauric(tmp_path, "import", str(good))
        assert (done.returncode, added in done.stderr.decode()) == (0, True)
    refused(tauric(tmp_path, "import", str(other)), "candles.csv holds candlesticks, no trades or quotes")
    refused(tauric(tmp_path, "import", str(tmp_path / "absent.csv")), "absent.csv")
    refused(tauric(tmp_path, "import", str(good), "--kind", "parquet"), "is of kind binance, not parquet")


def test_a_venue_without_its_credentials(tmp_path: Path) -> None:
    live = {"upstream": "live", "identity": "Nova Labs nova@example.org", "state_dir": str(tmp_path / "state")}
    capture = tmp_path / "alpaca.gz"
    words = ("stream", "record", str(capture), "--venue", "alpaca", "--symbols", "NOVA-USD")
    refused(tauric(tmp_path, *words, **live), "TAURIC_ALPACA_KEY_ID")
    assert not capture.exists()


SIDECAR = """
from tauric_assets import cli
from tauric_assets.commands import stream
stream.subscriptions = lambda _: {"alpaca": ["NOVA-USD"], "coinbase": ["NOVA-USD"]}
cli.main()
"""


def test_a_sidecar_with_a_venue_without_its_credentials_opens_nothing(tmp_path: Path) -> None:
    live = {"upstream": "live", "identity": "Nova Labs nova@example.org", "state_dir": str(tmp_path / "state")}
    environment = child_environment(load_settings(data_dir=tmp_path / "data", **live))
    command = [sys.executable, "-c", SIDECAR, "stream"]
    refused(subprocess.run(command, env=environment, capture_output=True, timeout=120), "TAURIC_ALPACA_KEY_ID")
    assert not (tmp_path / "data" / "wal").exists()
