"""`tauric similar`: what was known then decides, and too little history is said."""

import json

import pyarrow as pa
import pytest

from tauric_assets.charts import patterns
from tauric_assets.commands import similar
from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.settings import Settings
from tauric_assets.times import DAY_NS, Days, day_of_ns
from tauric_assets_tests.charts.made import START, walk

BARS = 130


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Two instruments' daily bars and their windows."""
    made = House(Settings(data_dir=tmp_path_factory.mktemp("data")), clock=lambda: START + 200 * DAY_NS)
    bars = pa.concat_tables([walk(BARS, 1, "NOVA-USD"), walk(BARS, 2, "HELI-USD")])
    days = Days(day_of_ns(START), day_of_ns(START + BARS * DAY_NS))
    made.lake.revise("bars", days, bars)
    made.lake.revise("chart_patterns", days, patterns.build(bars))
    return made


def test_the_latest_window_known_then_and_only_what_was_over_before_it(house: House) -> None:
    then = START + 100 * DAY_NS
    for as_of, end in ((None, START + BARS * DAY_NS), (then, then), (then + DAY_NS - 1, then)):
        found = similar.similar(house, "nova-usd", 20, 5, "1d", as_of, 4)
        assert (found.symbol, found.ts_close) == ("NOVA-USD", end)
        assert found.ts_start == end - 20 * DAY_NS and len(found.matches) == 4
        assert all(one.ts_close + (5 + 5) * DAY_NS <= found.ts_start for one in found.matches)
        assert [one.similarity for one in found.matches] == sorted(
            (one.similarity for one in found.matches), reverse=True
        )
        assert found.outcomes.count == 4 and found.base_rate.count > 40


def test_words_and_json(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    found = similar.similar(house, "NOVA-USD", 20, 5, "1d", None, 3)
    similar.show(found, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["window"] == 20 and len(told["matches"]) == 3 and told["base_rate"]["count"] == found.base_rate.count
    similar.show(found, as_json=False)
    text = capsys.readouterr().out
    assert "after any" in text and "not a statement about what comes" in text
    assert "predict" not in text and "forecast" not in text


@pytest.mark.parametrize(
    ("symbol", "window", "interval", "as_of", "told"),
    [
        ("NOVA-USD", 60, "1d", START + 70 * DAY_NS, "no other window's 5 bars after it were over by then"),
        ("NOVA-USD", 60, "1d", START + 10 * DAY_NS, "no window of 60 bars of 1d of NOVA-USD is known as of"),
        ("NOBODY-USD", 20, "1d", None, "no window of 20 bars of 1d of NOBODY-USD"),
        ("NOVA-USD", 20, "1h", None, "no window of 20 bars of 1h"),
        ("NOVA-USD", 21, "1d", None, "windows of 20, 60, 120 bars of 1h, 1d; 21 bars"),
    ],
)
def test_too_little_history_is_said(
    house: House, symbol: str, window: int, interval: str, as_of: int | None, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        similar.similar(house, symbol, window, 5, interval, as_of, 3)
