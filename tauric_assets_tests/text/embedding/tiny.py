"""A BERT of sixteen words made up here, as a package on a loopback index, and the same arithmetic in numpy.

Belongs here: weights, the package, the index, the second opinion. Not here: tests.
"""

import json
import math
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import numpy.typing as npt

from tauric_assets.text.embedding.models import Source

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *["profit", "rose", "fell", "loss", "sales", "were", "flat", "in", "the", "quarter", "after", "strong"],
]
SIZE, HEADS, LAYERS, PLACES = 8, 2, 2, 16
CONFIG = {
    "hidden_size": SIZE,
    "num_attention_heads": HEADS,
    "num_hidden_layers": LAYERS,
    "layer_norm_eps": 1e-12,
    "vocab_size": len(WORDS),
}
Array = npt.NDArray[np.float32]


def weights() -> dict[str, Array]:
    """Seeded; named as a published BERT names its own."""
    dice = np.random.default_rng(5)

    def made(*shape: int) -> Array:
        return dice.normal(0, 0.4, shape).astype(np.float32)

    found = {
        "embeddings.word_embeddings.weight": made(len(WORDS), SIZE),
        "embeddings.position_embeddings.weight": made(PLACES, SIZE),
        "embeddings.token_type_embeddings.weight": made(2, SIZE),
    }
    norms = ["embeddings.LayerNorm"]
    for number in range(LAYERS):
        path = f"encoder.layer.{number}"
        square = ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]
        shapes = dict.fromkeys(square, (SIZE, SIZE))
        shapes |= {"intermediate.dense": (4 * SIZE, SIZE), "output.dense": (SIZE, 4 * SIZE)}
        for name, shape in shapes.items():
            found[f"{path}.{name}.weight"], found[f"{path}.{name}.bias"] = made(*shape), made(shape[0])
        norms += [f"{path}.attention.output.LayerNorm", f"{path}.output.LayerNorm"]
    for name in norms:
        found[f"{name}.weight"], found[f"{name}.bias"] = 1 + made(SIZE), made(SIZE)
    return found


def forward(ids: list[int]) -> Array:
    """The unit vector of a text, computed without ONNX."""
    w = weights()

    def linear(x: Array, name: str) -> Array:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def normal(x: Array, name: str) -> Array:
        spread = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + CONFIG["layer_norm_eps"])
        return spread * w[f"{name}.weight"] + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = normal(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for number in range(LAYERS):
        path = f"encoder.layer.{number}"
        q, k, v = (linear(x, f"{path}.attention.self.{name}") for name in ("query", "key", "value"))
        mixed = np.zeros_like(x)
        for head in range(HEADS):
            part = slice(head * SIZE // HEADS, (head + 1) * SIZE // HEADS)
            scores = np.exp(q[:, part] @ k[:, part].T / math.sqrt(SIZE // HEADS))
            mixed[:, part] = scores / scores.sum(-1, keepdims=True) @ v[:, part]
        x = normal(linear(mixed, f"{path}.attention.output.dense") + x, f"{path}.attention.output.LayerNorm")
        wide = linear(x, f"{path}.intermediate.dense")
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = normal(linear(wide.astype(np.float32), f"{path}.output.dense") + x, f"{path}.output.LayerNorm")
    mean = x.mean(0)
    return (mean / np.linalg.norm(mean)).astype(np.float32)


def safetensors(tensors: dict[str, Array]) -> bytes:
    """In the file's own form."""
    header, content = {}, b""
    for name, values in tensors.items():
        header[name] = {
            "dtype": "F32",
            "shape": values.shape,
            "data_offsets": [len(content), len(content) + values.nbytes],
        }
        content += values.tobytes()
    told = json.dumps(header).encode()
    return struct.pack("<Q", len(told)) + told + content


def tokenizer() -> bytes:
    """Words in small letters, between [CLS] and [SEP]."""
    pieces = {word: number for number, word in enumerate(WORDS)}
    ends = {name: {"id": name, "ids": [pieces[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}
    around = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    around.append({"SpecialToken": {"id": "[SEP]", "type_id": 0}})
    model = {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 50,
    }
    told = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": around, "pair": around, "special_tokens": ends},
        "decoder": None,
        "model": model | {"vocab": pieces},
    }
    return json.dumps(told).encode()


def library_files() -> dict[str, bytes]:
    """The files that fastembed and sentence-transformers want beside a graph, by name."""
    pad = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    config = CONFIG | {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "intermediate_size": 4 * SIZE,
        "max_position_embeddings": PLACES,
        "type_vocab_size": 2,
        "pad_token_id": 0,
    }
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    told = {
        "config.json": config,
        "tokenizer_config.json": pad | {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": PLACES},
        "special_tokens_map.json": pad,
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": PLACES, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": SIZE, "pooling_mode_mean_tokens": True},
    }
    files = {name: json.dumps(content).encode() for name, content in told.items()}
    return files | {"tokenizer.json": tokenizer(), "model.safetensors": safetensors(weights())}


def source(damaged: bool = False) -> Source:
    """What the package must hold; `damaged`: hashes that it does not have."""
    files = {
        "model.safetensors": safetensors(weights()),
        "tokenizer.json": tokenizer(),
        "config.json": json.dumps(CONFIG).encode(),
    }
    hashes = {name: sha256(content + b"?" * damaged).hexdigest() for name, content in files.items()}
    return Source("tiny", "tauric-tiny-encoder==1.0", "tauric_tiny_encoder/model", "first", hashes, "Apache-2.0")


@contextmanager
def index(folder: Path) -> Iterator[str]:
    """A package index on loopback that holds the one package; its address."""
    page = folder / "simple" / "tauric-tiny-encoder"
    page.mkdir(parents=True)
    wheel = "tauric_tiny_encoder-1.0-py3-none-any.whl"
    about = "tauric_tiny_encoder-1.0.dist-info"
    with zipfile.ZipFile(page / wheel, "w") as packed:
        packed.writestr("tauric_tiny_encoder/model/model.safetensors", safetensors(weights()))
        packed.writestr("tauric_tiny_encoder/model/tokenizer.json", tokenizer())
        packed.writestr("tauric_tiny_encoder/model/config.json", json.dumps(CONFIG))
        packed.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tauric-tiny-encoder\nVersion: 1.0\n")
        packed.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr(f"{about}/RECORD", "")
    (page / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/simple"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""
