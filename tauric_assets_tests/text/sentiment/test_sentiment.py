"""Sentiment: rules, labelled files, training and keeping, scores as rows. Not here: how good it is on real data."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.settings import Settings
from tauric_assets.tables import table_named, to_arrow
from tauric_assets.text.sentiment import trained
from tauric_assets.text.sentiment.labelled import Labelled, read
from tauric_assets.text.sentiment.learning import Seen
from tauric_assets.text.sentiment.models import decided
from tauric_assets.text.sentiment.rules import Rules
from tauric_assets.text.sentiment.scores import build

RULES = Rules()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Operating profit rose to EUR 8.3 mn from EUR 3.4 mn", "positive"),
        ("Operating profit fell to EUR 3 mn from EUR 5 mn", "negative"),
        ("Net loss narrowed to EUR 1.2 mn from EUR 3.4 mn", "positive"),
        ("Costs rose to EUR 9 mn from EUR 4 mn", "negative"),
        ("Analyst cuts price target", "negative"),
        ("The company upgraded its guidance", "positive"),
        ("The office is in Helsinki .", "neutral"),
        ("", "neutral"),
        ("прибыль", "neutral"),
        ("\0", "neutral"),
        ("a" + "\u0301" * 50_000, "neutral"),
        ("1" * 100_000, "neutral"),
        (" " * 100_000, "neutral"),
        ("from 1 to " * 10_000, "neutral"),
        ("1 vs " * 20_000, "neutral"),
        ("1 a from a a a " * 7_000, "neutral"),
    ],
)
def test_rules_read_direction_by_what_moves(text: str, label: str) -> None:
    found = RULES.score([text])
    assert decided(found) == [label]
    assert found.sum() == pytest.approx(1)


def labelled(rows: int) -> Labelled:
    words = {"negative": "orders fell", "neutral": "office opened", "positive": "orders rose"}
    pairs = [(f"{words[label]} in region {chr(97 + at % 26)}{at}", label) for at in range(rows) for label in words]
    return Labelled(tuple(text for text, _ in pairs), tuple(label for _, label in pairs), "", {}, "00")


def test_a_trained_model_reads_back_the_same_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    data = labelled(12)
    trained.train(settings, "own", data, Seen.of(data.texts, None), lambda: {"macro_f1": 1.0})
    model = trained.load(settings, "own")
    found = model.score(data.texts)
    assert decided(found) == list(data.labels)
    assert np.array_equal(found[:1], model.score(data.texts[:1]))
    facts = next(tmp_path.rglob("model.json"))
    kept = facts.read_text()
    for here, elsewhere in (('"format": 2', '"format": 1'), ('"layers": null', '"layers": "other@1"')):
        facts.write_text(kept.replace(here, elsewhere))
        with pytest.raises(MalformedDocument, match="another version's form"):
            trained.load(settings, "own")
    facts.write_text(kept)
    numbers = next(tmp_path.rglob("*.npz"))
    numbers.write_bytes(numbers.read_bytes()[:-9])
    with pytest.raises(MalformedDocument, match="damaged"):
        trained.load(settings, "own")
    with pytest.raises(UsageError, match="own"):
        trained.load(settings, "other")


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(UsageError, match="5 neutral"):
        trained.enough(Labelled(tuple("abcdefghij"), ("neutral",) * 5 + ("positive",) * 5, "", {}, ""))
    with pytest.raises(UsageError, match="every row is neutral"):
        trained.enough(Labelled(tuple("abcde"), ("neutral",) * 5, "", {}, ""))


@pytest.mark.parametrize(
    "content",
    [
        "Profit rose@positive\nProfit fell@negative\nProfit rose@positive\n@neutral\nOdd@strange\n",
        "text,label\nProfit rose,1\nProfit fell,0\nProfit rose,1\n,2\nOdd,strange\n",
        '{"sentence": "Profit rose", "sentiment": "positive"}\n{"sentence": "Profit fell", "sentiment": "neg"}\n'
        '{"sentence": "Profit rose", "sentiment": "pos"}\n{"sentiment": "neutral"}\n'
        '{"sentence": "Odd", "sentiment": "strange"}\n',
    ],
)
def test_labelled_files_of_each_shape_give_the_same(tmp_path: Path, content: str) -> None:
    file = tmp_path / "file"
    file.write_text(content)
    found = read(file)
    assert list(zip(found.texts, found.labels, strict=True)) == [
        ("Profit rose", "positive"),
        ("Profit fell", "negative"),
    ]
    assert sorted(found.left_out.values()) == [1, 1, 1]


def test_a_version_is_scored_once_by_each_model_and_filings_are_not() -> None:
    common = {"date": date(2026, 1, 2), "ts_event": 1, "known_at_quality": "observed", "source": "news"}
    rows = [
        {**common, "known_at": known_at, "document_id": name, "kind": kind, "title": "", "text": "Profit rose"}
        for name, kind, known_at in (("a", "news", 5), ("a", "news", 6), ("b", "filing", 5))
    ]
    documents = to_arrow(table_named("documents"), rows)
    none = to_arrow(table_named("sentiment_scores"), [])
    built = build(documents, none, RULES, 100)
    assert built["document_known_at"].to_pylist() == built["known_at"].to_pylist() == [5, 6]
    assert set(built["scored_at"].to_pylist()) == {100}
    assert build(documents, built, RULES, 200).num_rows == 0
