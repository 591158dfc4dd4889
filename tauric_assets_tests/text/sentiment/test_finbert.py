"""The plumbing of a three-label ONNX classifier, on a tiny graph of our own. Not here: FinBERT's weights."""

import json
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.sentiment import finbert


def test_labels_are_put_in_order_and_missing_or_damaged_files_are_said(tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path)
    with pytest.raises(UsageError, match="optimum-cli"):
        finbert.make(settings)
    folder = tmp_path / "finbert"
    folder.mkdir()
    table = helper.make_tensor("table", TensorProto.FLOAT, [3, 3], [0, 0, 9, 9, 0, 0, 0, 9, 0])
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"]),
        helper.make_node("ReduceMean", ["each"], ["logits"], axes=[1], keepdims=0),
    ]
    shape = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["B", "T"])
    out = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", 3])
    graph = helper.make_graph(nodes, "tiny", [shape], [out], [table])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(folder / "model.onnx")
    )
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "rose": 1, "fell": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    told = {"id2label": {"0": "positive", "1": "negative", "2": "neutral"}}
    (folder / "config.json").write_text(json.dumps(told))
    assert finbert.make(settings).score(["fell", "what", "rose"]).argmax(axis=1).tolist() == [0, 1, 2]
    (folder / "model.onnx").write_bytes(b"half")
    with pytest.raises(MalformedDocument, match="cannot be read"):
        finbert.make(settings)
