"""Sentiment from end to end: the command trains, lists and scores; the step of the pipeline fills the lake."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from tauric_assets.commands import quality_sentiment
from tauric_assets.commands import sentiment as command
from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.house import House
from tauric_assets.lake.verify import verify_table
from tauric_assets.pipeline import STEPS
from tauric_assets.settings import Settings
from tauric_assets.text.documents import build_linked
from tauric_assets.times import DAY_NS, Days
from tauric_assets_tests.text.made import DAY, NOON, gazetteer, news, posts, sections

TELLING = {"negative": ("slid", "missed"), "neutral": ("sits", "opened"), "positive": ("rose", "beat")}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty data folder, and no sentence model."""
    return Settings(data_dir=tmp_path / "data", models_dir=tmp_path / "models")


def sentences(file: Path, rows: int, seed: int, labels: tuple[str, ...] = tuple(TELLING)) -> Path:
    """A file of `rows` sentences of each label."""
    chance = random.Random(seed)
    made = [
        f"Region {seed * 6 + at} {chance.choice(TELLING[label])} again@{label}"
        for at in range(rows)
        for label in labels
    ]
    file.write_text("\n".join(made))
    return file


def test_trained_listed_and_scored_by_the_command(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [sentences(tmp_path / name, 8, seed) for seed, name in enumerate("ab")]
    command.train(settings, files, "ours")
    facts = json.loads(capsys.readouterr().out)
    assert 40 < facts["rows"] <= 48 and facts["macro_f1"] > 0.9 and facts["baselines"]["majority"]["accuracy"] < 0.4
    command.score(settings, ["Region z9 rose again", "Region z9 slid again"], "trained:ours")
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["label"] for one in told] == ["positive", "negative"]
    assert {one["model_id"] for one in told} == {facts["id"]}
    next(tmp_path.rglob("model.json")).write_text("{")
    command.show(settings)
    assert "damaged" in capsys.readouterr().out
    with pytest.raises(MalformedDocument, match="train it again"):
        command.score(settings, ["a"], "trained:ours")


def test_held_out_sentences_that_were_trained_on_are_left_out(tmp_path: Path, settings: Settings) -> None:
    train, test = sentences(tmp_path / "train", 12, 1), sentences(tmp_path / "test", 6, 2)
    test.write_text(test.read_text() + "\n" + train.read_text().splitlines()[0])
    found = quality_sentiment.quality(settings, [train], [test])
    shared = len(set(train.read_text().splitlines()) & set(test.read_text().splitlines()))
    assert found["in_both"] == shared > 0
    assert found["sentences"] == len(set(test.read_text().splitlines())) - shared


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        ("", MalformedDocument, "empty"),
        ("\0\0\n", MalformedDocument, "neither"),
        ("a@neutral\n" * 50, UsageError, "every row is neutral"),
        ("a@neutral\nb@positive\nc@negative\nd@neutral\ne@positive\n", UsageError, "30 rows"),
        ("text,label\n" + "\n".join(f"{at},7" for at in range(50)), MalformedDocument, "no row"),
        ("name,age\nann,3\n", MalformedDocument, "neither"),
    ],
)
def test_what_cannot_be_learned_from_is_said(
    tmp_path: Path, settings: Settings, content: str, error: type[Exception], told: str
) -> None:
    file = tmp_path / "file"
    file.write_text(content)
    with pytest.raises(error, match=told):
        command.train(settings, [file], "own")
    assert not list(tmp_path.rglob("*.npz"))


@pytest.mark.slow
def test_a_trained_models_score_is_not_seen_before_it_was_made(tmp_path: Path, settings: Settings) -> None:
    now, days = NOON + 2 * DAY_NS, Days.one(DAY)
    house = House(settings, clock=lambda: now)
    entries = ({"title": "Zephyrine orders rose"}, {"entry_id": "2", "title": "Stocks fell", "summary": "All."})
    documents, _ = build_linked(sections({}), news(*entries), posts({}), gazetteer())
    house.lake.replace("documents", days, documents)
    step = next(step for step in STEPS if step.name == "sentiment_scores")
    assert step.run(house, (), days).added == {"sentiment_scores": 3}
    assert step.run(house, (), days).added == {"sentiment_scores": 0}
    command.train(settings, [sentences(tmp_path / "file", 12, 3)], "own")
    own = replace(house, settings=settings.model_copy(update={"sentiment_model": "trained:own"}))
    assert step.run(own, (), days).added == {"sentiment_scores": 3}
    assert step.run(own, (), days).added == {"sentiment_scores": 0}
    assert verify_table(house.lake, "sentiment_scores", days).passed

    def models(as_of: int) -> list[str]:
        found = house.lake.read("sentiment_scores", as_of=as_of)
        return sorted(str(model).partition("@")[0] for model in found["model_id"].to_pylist())

    assert models(NOON - 1) == []
    assert models(NOON) == models(now - 1) == ["lexicon"] * 3
    assert models(now) == ["lexicon"] * 3 + ["trained:own"] * 3
