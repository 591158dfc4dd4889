"""What was known at t does not change when more becomes known; and a reader that peeks is caught by the same test."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tauric_assets.lake.query import connect, query
from tauric_assets.lake.store import Lake
from tauric_assets.tables import Row
from tauric_assets_tests.lake.made import DAYS, Ticking, entry, news, said

Answer = list[tuple[object, ...]]
Reader = Callable[[Lake, int], Answer]
COLUMNS = ("entry_id", "title", "known_at")

statements = st.builds(
    lambda key, known_at, delay, title: entry(key, known_at, title, ts_event=known_at - delay),
    st.sampled_from("abc"),
    st.integers(1, 40),
    st.integers(0, 30),
    st.sampled_from("xyz"),
)


def reads(lake: Lake, t: int) -> Answer:
    return said(lake.read("news", as_of=t), *COLUMNS)


def reads_with_sql(lake: Lake, t: int) -> Answer:
    return said(query(lake, "SELECT * FROM news", as_of=t), *COLUMNS)


def peeks(lake: Lake, t: int) -> Answer:
    """The usual mistake: asks when it happened, not when it was known."""
    with connect(lake) as connection:
        rows = connection.sql(
            f"SELECT * FROM all_news WHERE ts_event <= {t} "
            "QUALIFY row_number() OVER (PARTITION BY feed, entry_id ORDER BY ts_event DESC, known_at DESC) = 1"
        ).to_arrow_table()
    return said(rows, *COLUMNS)


def parted(data: st.DataObject, rows: list[Row]) -> list[list[Row]]:
    """The rows shuffled and cut into up to three writes."""
    shuffled = data.draw(st.permutations(rows))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=2)))
    return [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


def invariance(reader: Reader) -> Callable[[], None]:
    """A test that fails where rows known after t change what `reader` says of t."""

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        rows = data.draw(st.lists(statements, min_size=2, max_size=10))
        t = data.draw(st.integers(1, 40))
        past = [row for row in rows if int(str(row["known_at"])) <= t]
        future = [row for row in rows if int(str(row["known_at"])) > t]
        with tempfile.TemporaryDirectory() as folder:
            lake = Lake(Path(folder), Ticking())
            for part in parted(data, past):
                lake.revise("news", DAYS, news(*part))
            moments = {max(t - 7, 0), t}
            before = {moment: reader(lake, moment) for moment in moments}
            for number, part in enumerate(parted(data, future)):
                if data.draw(st.booleans()):
                    lake.append("news", news(*part), "somebody", number)
                else:
                    lake.revise("news", DAYS, news(*part))
            assert {moment: reader(lake, moment) for moment in moments} == before

    return holds


@pytest.mark.slow
@pytest.mark.parametrize("reader", [reads, reads_with_sql])
def test_what_was_known_never_changes(reader: Reader) -> None:
    invariance(reader)()


@pytest.mark.slow
def test_a_reader_that_peeks_fails_the_same_property() -> None:
    with pytest.raises(AssertionError):
        invariance(peeks)()


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_writing_a_history_again_in_any_order_adds_nothing(data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(statements, min_size=1, max_size=8, unique_by=lambda row: (row["entry_id"], row["known_at"]))
    )
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder), Ticking())
        lake.revise("news", DAYS, news(*rows))
        assert not lake.revise("news", DAYS, news(*data.draw(st.permutations(rows)))).changed
