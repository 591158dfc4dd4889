"""A BERT encoder as an ONNX graph, out of its weights alone: token ids in, one unit vector a text out.

Devlin et al. 2018 (arXiv 1810.04805) for the encoder; the mean over tokens and the length of 1 as Sentence-BERT does it
(Reimers and Gurevych 2019, arXiv 1908.10084). Operators of ONNX opset 20.

Belongs here: reading safetensors, the graph. Not here: where weights come from (models.py), running it (minilm.py).
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from tauric_assets.errors import MalformedDocument

OPSET, IR_VERSION = 20, 10
MASKED = -1e4
"""Added to the attention of padding: far below any real score, and still a number in half precision."""

Array = npt.NDArray[np.generic]
Weights = Mapping[str, Array]


@dataclass(frozen=True)
class Shape:
    """What a BERT's config.json says of it."""

    hidden_size: int
    num_attention_heads: int
    num_hidden_layers: int
    layer_norm_eps: float


def read_safetensors(path: Path) -> dict[str, Array]:
    """All float32 tensors of a safetensors file.

    Raises: MalformedDocument: cut short, or not of that form.
    """
    content = path.read_bytes()
    try:
        (size,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + size])
        start = 8 + size
        found: dict[str, Array] = {}
        for name, told in header.items():
            if name != "__metadata__" and told["dtype"] == "F32":
                begin, end = told["data_offsets"]
                values = np.frombuffer(content, np.float32, (end - begin) // 4, start + begin)
                found[name] = values.reshape(told["shape"])
        return found
    except (struct.error, KeyError, ValueError, TypeError) as error:
        raise MalformedDocument(f"{path.name} is no whole safetensors file: {error}") from error


def encoder(weights: Weights, shape: Shape) -> onnx.ModelProto:
    """The graph: `input_ids` and `attention_mask` (int64, texts by tokens) to `sentence_embedding` (float32).

    Raises: KeyError: a weight is missing.
    """
    graph = _Graph(weights, shape)
    mask = graph.add("Cast", ["attention_mask"], "mask_float", to=TensorProto.FLOAT)
    hidden = graph.embedded()
    attention_mask = graph.attention_mask(mask)
    for number in range(shape.num_hidden_layers):
        hidden = graph.layer(hidden, attention_mask, number)
    graph.pooled(hidden, mask)
    made = helper.make_graph(
        graph.nodes,
        "bert",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["B", "S"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["B", shape.hidden_size])],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model


@dataclass
class _Graph:
    """Nodes and constants as they are added; every node is named by its output.

    No name ends in `_scale`, `_zero_point` or `_quantized`: quantization adds such names of its own.
    """

    weights: Weights
    shape: Shape
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, operator: str, inputs: list[str], output: str, **attributes: float | str | list[int]) -> str:
        node = helper.make_node(operator, inputs, [output], name=output)
        node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
        self.nodes.append(node)
        return output

    def constant(self, name: str, value: Array) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def integers(self, name: str, *values: int) -> str:
        return self.constant(name, np.array(values, np.int64))

    def number(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, np.float32))

    def linear(self, source: str, weight: str, output: str) -> str:
        matrix = self.constant(f"{output}_weight", self.weights[f"{weight}.weight"].T)
        product = self.add("MatMul", [source, matrix], f"{output}_product")
        return self.add("Add", [product, self.constant(f"{output}_bias", self.weights[f"{weight}.bias"])], output)

    def normalized(self, source: str, weight: str, output: str) -> str:
        scale = self.constant(f"{output}_gain", self.weights[f"{weight}.weight"])
        bias = self.constant(f"{output}_bias", self.weights[f"{weight}.bias"])
        return self.add("LayerNormalization", [source, scale, bias], output, axis=-1, epsilon=self.shape.layer_norm_eps)

    def embedded(self) -> str:
        words = self.constant("words", self.weights["embeddings.word_embeddings.weight"])
        places = self.constant("places", self.weights["embeddings.position_embeddings.weight"])
        kind = self.constant("kind", self.weights["embeddings.token_type_embeddings.weight"][0])
        start, end, axis = self.integers("zero", 0), self.integers("two", 2), self.integers("one", 1)
        sizes = self.add("Shape", ["input_ids"], "sizes")
        tokens = self.add("Slice", [sizes, axis, end], "token_count")
        used = self.add("Slice", [places, start, tokens, start], "places_used")
        summed = self.add("Add", [self.add("Gather", [words, "input_ids"], "words_used"), used], "words_placed")
        summed = self.add("Add", [summed, kind], "words_of_kind")
        return self.normalized(summed, "embeddings.LayerNorm", "embedded")

    def attention_mask(self, mask: str) -> str:
        spread = self.add("Unsqueeze", [mask, self.integers("axes", 1, 2)], "mask_spread")
        padding = self.add("Sub", [self.number("unit", 1.0), spread], "padding")
        return self.add("Mul", [padding, self.number("masked", MASKED)], "mask_added")

    def layer(self, hidden: str, mask: str, number: int) -> str:
        path, here = f"encoder.layer.{number}", f"layer{number}"
        attended = self.linear(self.attended(hidden, mask, path, here), f"{path}.attention.output.dense", f"{here}_out")
        attended = self.add("Add", [attended, hidden], f"{here}_residual")
        attended = self.normalized(attended, f"{path}.attention.output.LayerNorm", f"{here}_attended")
        wide = self.linear(attended, f"{path}.intermediate.dense", f"{here}_wide")
        wide = self.add("Gelu", [wide], f"{here}_gelu", approximate="none")
        narrow = self.linear(wide, f"{path}.output.dense", f"{here}_narrow")
        narrow = self.add("Add", [narrow, attended], f"{here}_residual_wide")
        return self.normalized(narrow, f"{path}.output.LayerNorm", f"{here}_hidden")

    def attended(self, hidden: str, mask: str, path: str, here: str) -> str:
        heads = self.shape.num_attention_heads
        size = self.shape.hidden_size // heads
        by_head = self.integers(f"{here}_by_head", 0, 0, heads, size)
        turned: dict[str, str] = {}
        for name, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
            made = self.linear(hidden, f"{path}.attention.self.{name}", f"{here}_{name}")
            split = self.add("Reshape", [made, by_head], f"{here}_{name}_split")
            turned[name] = self.add("Transpose", [split], f"{here}_{name}_turned", perm=order)
        scores = self.add("MatMul", [turned["query"], turned["key"]], f"{here}_scores")
        scale = self.number(f"{here}_factor", size**-0.5)
        scores = self.add("Add", [self.add("Mul", [scores, scale], f"{here}_scaled"), mask], f"{here}_masked")
        shares = self.add("Softmax", [scores], f"{here}_shares", axis=-1)
        mixed = self.add("MatMul", [shares, turned["value"]], f"{here}_mixed")
        mixed = self.add("Transpose", [mixed], f"{here}_mixed_turned", perm=[0, 2, 1, 3])
        flat = self.integers(f"{here}_flat", 0, 0, self.shape.hidden_size)
        return self.add("Reshape", [mixed, flat], f"{here}_mixed_flat")

    def pooled(self, hidden: str, mask: str) -> None:
        spread = self.add("Unsqueeze", [mask, self.integers("last", -1)], "mask_by_token")
        over_tokens = self.integers("over_tokens", 1)
        summed = self.add("Mul", [hidden, spread], "hidden_masked")
        summed = self.add("ReduceSum", [summed, over_tokens], "hidden_sum", keepdims=0)
        count = self.add("ReduceSum", [mask, over_tokens], "counted", keepdims=1)
        mean = self.add("Div", [summed, count], "mean")
        length = self.add("ReduceL2", [mean, over_tokens], "length", keepdims=1)
        length = self.add("Max", [length, self.number("least", 1e-12)], "length_safe")
        self.add("Div", [mean, length], "sentence_embedding")
