"""ONNX graphs of text encoders and their tokenizers, opened the one way they are run here: one thread, one text a time.

Belongs here: opening. Not here: any one model.
"""

from pathlib import Path

import onnxruntime
from tokenizers import Encoding, Tokenizer


def session_of(graph: Path | bytes) -> onnxruntime.InferenceSession:
    """A graph, from its file or its bytes, on one thread: more of them wait for each other."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    told = graph if isinstance(graph, bytes) else str(graph)
    return onnxruntime.InferenceSession(told, options, providers=["CPUExecutionProvider"])


def tokenizer_of(path: Path, tokens_max: int) -> Tokenizer:
    """A tokenizer that pads nothing; of a longer text the rest is in `overflowing`."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(tokens_max)
    return tokenizer


def encoded(tokenizer: Tokenizer, text: str) -> Encoding:
    """A text's tokens; halves of surrogate pairs, which no tokenizer takes, are replaced."""
    return tokenizer.encode(text.encode(errors="replace").decode())
