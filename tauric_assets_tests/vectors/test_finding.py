"""The whole way of a question: filters relaxed, news beside filings, and nothing from the future."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.text.companies import NamedCompanies
from tauric_assets.text.embedders import embedder_named
from tauric_assets.text.questions import understand
from tauric_assets.times import day_start_ns
from tauric_assets.vectors.finding import Found, Index, find
from tauric_assets.vectors.search import Filters
from tauric_assets.vectors.serving import Serving
from tauric_assets.vectors.store import VectorStore
from tauric_assets_tests.vectors.made import chunk, chunks

COMPANIES = NamedCompanies({"TRIV": ["Trivand"], "NOVA": ["Nova Bank"]})
NEVER = "merger court ruling"


def made(day: str, known_at: int | None = None) -> dict[str, object]:
    instant = day_start_ns(date.fromisoformat(day))
    return {"ts_event": instant, "known_at": instant if known_at is None else known_at, "symbols": ["TRIV"]}


def filing(name: str, text: str, day: str, year: int, period: str = "FY") -> dict[str, object]:
    form = "10-K" if period == "FY" else "10-Q"
    return chunk(name, text, kind="filing", form=form, fiscal_year=year, fiscal_period=period, **made(day))


ROWS = [
    filing("k23", "Trivand revenue grew on freight orders", "2024-02-20", 2023),
    filing("k24", "Trivand revenue fell with freight orders", "2025-02-20", 2024),
    filing("q24", "Trivand revenue of the quarter", "2024-08-01", 2024, "Q2"),
    chunk("n24", "Trivand freight orders surprise", kind="news", **made("2024-11-05")),
    chunk("n22", "Trivand freight orders disappoint", kind="news", **made("2022-11-05")),
    chunk("p24", "Trivand freight lol", kind="post", **made("2025-01-05")),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> VectorStore:
    """Filings, news and a post of one company."""
    made_store = VectorStore(tmp_path_factory.mktemp("store"), embedder_named("hashing"))
    made_store.upsert(chunks(ROWS))
    return made_store


def ids(found: Found) -> set[str]:
    return {one.hit.document_id for one in found.passages}


def ask(index: Index, question: str, **filters: object) -> Found:
    return find(index, understand(question, COMPANIES), 50, Filters(**filters))  # type: ignore[arg-type]


def test_news_of_the_year_stands_beside_its_filings(store: VectorStore) -> None:
    found = ask(store, "Trivand freight orders in fiscal 2024")
    assert (ids(found), found.relaxed) == ({"k24", "n24", "p24"}, None)


def test_who_names_a_form_gets_filings_alone(store: VectorStore) -> None:
    assert ids(ask(store, "Trivand freight orders in its 10-K of fiscal 2024")) == {"k24"}
    assert ids(ask(store, "Trivand freight orders in fiscal 2024", forms=["10-K"])) == {"k24"}


def test_news_of_a_year_is_no_reason_not_to_relax(store: VectorStore) -> None:
    found = ask(store, "Trivand freight orders in Q3 of FY2024")
    assert (found.told, found.relaxed) == ("FY2024", "FY2024 Q3")
    assert ids(found) == {"k24", "q24", "n24", "p24"}


def test_who_wants_news_gets_those_of_the_year(store: VectorStore) -> None:
    assert ids(ask(store, "Trivand freight orders in fiscal 2024", kinds=["news"])) == {"n24"}


def test_the_callers_days_hold_beside_too(store: VectorStore) -> None:
    assert ids(ask(store, "Trivand freight in fiscal 2024", since=date(2025, 1, 1))) == {"k24", "p24"}


QUESTIONS = [
    "Trivand freight orders in fiscal 2024",
    "Trivand revenue in its 10-K",
    "orders",
    NEVER,
    "Nova Bank FY2023",
]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[VectorStore, Serving]:
    """The same rows known one by one from instant 10 on, each later superseded, with a twin known a step later."""
    folder = tmp_path_factory.mktemp("planted")
    store = VectorStore(folder / "store", embedder_named("hashing"))
    for number, row in enumerate(ROWS):
        name, known_at = str(row["document_id"]), 10 + 10 * number
        again = row | {"known_at": known_at + 25, "text": f"{row['text']} {NEVER}"}
        twin = row | {"document_id": f"{name}b", "chunk_id": f"{name}b#1", "known_at": known_at + 5}
        store.upsert(chunks([row | {"known_at": known_at}, again, twin]))
    return store, Serving(store, folder / "snapshots")


@pytest.mark.slow
@given(st.integers(0, 100), st.sampled_from(QUESTIONS), st.booleans())
def test_nothing_is_found_before_it_was_known_nor_in_later_words(
    planted: tuple[VectorStore, Serving], as_of: int, question: str, served: bool
) -> None:
    found = ask(planted[served], question, as_of=as_of)
    for one in found.passages:
        assert one.hit.known_at <= as_of
    texts = {one.hit.document_id: one.hit.text for one in found.passages}
    for number, row in enumerate(ROWS):
        if as_of < 10 + 10 * number + 25 and (text := texts.get(str(row["document_id"]))):
            assert NEVER not in text


def test_who_peeks_finds_the_later_words(planted: tuple[VectorStore, Serving]) -> None:
    """The control: without `as_of` the same search finds what was planted."""
    assert all(NEVER in one.hit.text for one in ask(planted[0], NEVER).passages[:3])
    assert not any(NEVER in one.hit.text for one in ask(planted[0], NEVER, as_of=34).passages)


def test_an_empty_store_finds_nothing(tmp_path: Path) -> None:
    found = ask(VectorStore(tmp_path, embedder_named("hashing")), "Trivand freight in fiscal 2024")
    assert (found.passages, found.told) == ((), "everything")


def test_a_post_that_many_copied_answers_once_and_the_first_of_them(tmp_path: Path) -> None:
    copied = VectorStore(tmp_path, embedder_named("hashing"))
    days = {"second": "2025-01-06", "first": "2025-01-05", "third": "2025-01-07"}
    posts = [chunk(name, "freight lol", kind="post", **made(day)) for name, day in days.items()]
    news = [chunk(name, "freight lol", kind="news", **made("2025-01-05")) for name in ("n1", "n2")]
    copied.upsert(chunks([*posts, *news]))
    assert ids(ask(copied, "freight")) == {"first", "n1", "n2"}
