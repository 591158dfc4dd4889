"""What holds for every registered embedder, each on a model of sixteen words; and what is said where one is missing."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.embedders import Embedder, embedder_named, embedder_names
from tauric_assets.text.embedding import bert_graph, library, minilm, models
from tauric_assets_tests.text.embedding import tiny
from tauric_assets_tests.text.embedding.test_endpoint import endpoint

TEXTS = ["Profit rose in the quarter", "", "sales were flat", " \n", "loss", "after strong sales " * 40]
SAME_MODEL = ("minilm-fp32", "fastembed", "sentence-transformers")
"""These run the same weights, so their vectors must agree."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder that is a model of ours, of fastembed (as its MiniLM) and of sentence-transformers at once."""
    made = tmp_path_factory.mktemp("models") / f"{models.MINILM.name}@{models.MINILM.revision}"
    made.mkdir()
    graph = bert_graph.encoder(tiny.weights(), bert_graph.Shape(tiny.SIZE, tiny.HEADS, tiny.LAYERS, 1e-12))
    for name in (models.EXACT, models.QUANTIZED):
        onnx.save(graph, str(made / name))
    for name, content in tiny.library_files().items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_bytes(content)
    digests = {name: models.file_digest(made / name) for name in (models.EXACT, models.QUANTIZED, models.TOKENIZER)}
    (made / models.MANIFEST).write_text(json.dumps({"files": digests}))
    return made


@pytest.fixture(scope="module")
def token_states(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, its graph answering with a state for every token, as fastembed wants it."""
    made = tmp_path_factory.mktemp("fast")
    for name in tiny.library_files():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_bytes((folder / name).read_bytes())
    graph = onnx.load(str(folder / models.EXACT))
    del graph.graph.output[:]
    states = onnx.helper.make_tensor_value_info(
        f"layer{tiny.LAYERS - 1}_hidden", onnx.TensorProto.FLOAT, ["B", "S", tiny.SIZE]
    )
    graph.graph.output.append(states)
    onnx.save(graph, str(made / models.EXACT))
    return made


@pytest.fixture
def made(
    request: pytest.FixtureRequest, folder: Path, token_states: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Embedder]:
    """The embedder of that name; skips where its library is not installed."""
    name: str = request.param
    monkeypatch.setattr(minilm, "DIMENSION", tiny.SIZE)
    monkeypatch.setattr(minilm, "TOKENS_MAX", tiny.PLACES)
    if name == "openai-compatible":
        with endpoint() as (settings, _):
            yield embedder_named(name, settings)
        return
    settings = Settings(models_dir=folder.parent)
    if name == "fastembed":
        pytest.importorskip("fastembed", reason="the extra is not installed")
        model = "sentence-transformers/all-MiniLM-L6-v2"
        settings = Settings(embedding_model=model, embedding_folder=str(token_states))
    if name == "sentence-transformers":
        pytest.importorskip("sentence_transformers", reason="the extra is not installed")
        settings = Settings(embedding_folder=str(folder))
    yield embedder_named(name, settings)


@pytest.mark.parametrize("made", embedder_names(), indirect=True)
def test_every_embedder_keeps_the_promise(made: Embedder) -> None:
    name, _, revision = made.id.partition("@")
    assert name in embedder_names() and revision, "the id names the embedder, and what of it"
    vectors = made.embed_documents(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), made.dimension), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1, 0, 1, 1], abs=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert np.array_equal(made.embed_documents([text])[0], vector), "the same alone and among others"
    assert made.embed_documents([]).shape == made.embed_queries([]).shape == (0, made.dimension)
    questions = made.embed_queries(TEXTS[:1])
    assert (questions.shape, questions.dtype) == ((1, made.dimension), np.float32)
    assert np.linalg.norm(made.embed_documents(["\0 loss \ud800"])) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("made", SAME_MODEL, indirect=True)
def test_the_same_weights_give_the_same_vectors_by_any_library(made: Embedder) -> None:
    ids = [tiny.WORDS.index(word) for word in ["[CLS]", *TEXTS[0].lower().split(), "[SEP]"]]
    vectors = made.embed_documents([TEXTS[0], TEXTS[-1]])
    assert vectors[0] @ tiny.forward(ids) > 0.9999
    assert vectors[1] @ made.embed_documents(["after strong sales"])[0] > 0.9, "no window of a long text is lost"


@pytest.mark.parametrize("name", ["fastembed", "sentence-transformers"])
def test_an_extra_that_is_missing_names_its_command(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name.replace("-", "_"), None)
    with pytest.raises(UsageError, match=rf"^{name} is not installed: run `pip install tauric-assets\[{name}\]`$"):
        embedder_named(name, Settings())


def test_a_long_text_is_read_in_windows_and_files_are_known_by_content(tmp_path: Path) -> None:
    (tmp_path / models.TOKENIZER).write_bytes(tiny.tokenizer())
    asked: list[str] = []

    def ask(text: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        asked.append(text)
        return np.array([3.0 * len(text.split()), 4.0])

    made = library.LibraryEmbedder("tiny@1", tmp_path, 5 + library.PROMPT_PIECES_MAX, ask, ask)
    found = made.embed_documents(["profit rose in the quarter", "…" * 0])
    assert asked[1:] == ["profit rose in", "the quarter"]
    summed = 3 * np.array([9, 4]) / 97**0.5 + 2 * np.array([6, 4]) / 52**0.5
    assert found[0] == pytest.approx(summed / np.linalg.norm(summed), abs=1e-6) and not found[1].any()

    before = library.digest_of(tmp_path)
    (tmp_path / "README.md").write_text("tells nothing")
    assert library.digest_of(tmp_path) == before
    (tmp_path / "config.json").write_text("{}")
    assert library.digest_of(tmp_path) != before

    with pytest.raises(MalformedDocument, match="the model gave a vector without a direction"):
        library.LibraryEmbedder("t@1", tmp_path, 20, ask, lambda text: np.zeros(2)).embed_queries(["loss"])
    (tmp_path / models.TOKENIZER).write_text("{")
    with pytest.raises(MalformedDocument, match=r"the model in .* cannot be used: "):
        library.LibraryEmbedder("tiny@1", tmp_path, 20, ask, ask)


def test_a_model_that_is_not_here_names_the_command_and_the_folder(tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path)
    with pytest.raises(UsageError, match=r"x: no config.json in .*/x/a--b: run `hf download a/b --local-dir .*a--b`"):
        library.folder_of(settings, "x", "a/b", ["config.json"])
    (tmp_path / "config.json").write_text("{}")
    named = Settings(embedding_folder=str(tmp_path))
    assert library.folder_of(named, "x", "a/b", ["config.json"]) == tmp_path
