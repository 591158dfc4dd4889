"""Claims: a flat scan runs at 90 % of the memory's speed; the served index finds 0.98 of the nearest ten in a tenth of
the flat scan's time; a filter costs no hit.

One run over one set of vectors: memory's own speed, FAISS flat beside the plain product of the matrix of all vectors
with the question (what remains is FAISS's own), the published snapshot with and without filters, the LanceDB store, a
whole search, and queries while 10,000 chunks are written. Refuted by a share below 0.9, a recall below 0.98, a ratio
above 0.1, or any filtered recall below 1.

The vectors: `--vectors FILE.npy` (float32, unit rows, e.g. of an embedder), repeated with noise up to `--rows`; without
it they are made up in clusters.

Belongs here: the contenders, recall, percentiles. Not here: quality of answers (research/quality).
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Thread
from zlib import crc32

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from bench.harness import RESULTS, write_result
from tauric_assets.text.companies import Mention
from tauric_assets.text.embedders import Vectors
from tauric_assets.text.questions import understand
from tauric_assets.vectors.finding import find
from tauric_assets.vectors.search import Filters
from tauric_assets.vectors.serving import Serving
from tauric_assets.vectors.snapshot import Snapshot, publish
from tauric_assets.vectors.store import VectorStore
from tauric_assets_tests.vectors.made import chunk, chunks

K = 10
NOISE = 0.5
"""Length of what is added to a repeated vector, before it gets length 1 again."""
SYMBOLS = [f"S{number}" for number in range(64)]
BATCH = 20_000
UPSERT = 10_000


class Given:
    """An embedder that has all vectors already: a text ends in the number of its row; any other text is some row."""

    id, tokens_max, is_model = "given@1", None, True

    def __init__(self, vectors: Vectors) -> None:
        self.vectors, self.dimension = vectors, vectors.shape[1]

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        return self.vectors[[self._place(text) for text in texts]]

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        return self.embed_documents(texts)

    def _place(self, text: str) -> int:
        last = text.split()[-1]
        return int(last) if last.isdigit() else crc32(text.encode()) % len(self.vectors)


class Nobody:
    """Knows no company, so that nothing is filtered."""

    def mentioned(self, question: str) -> list[Mention]:
        """See `Companies`."""
        return []


def made(rows: int, dimension: int) -> Vectors:
    """Clusters of unlike sizes, as texts have."""
    dice = np.random.default_rng(1)
    centres = dice.normal(size=(rows // 100, dimension)).astype(np.float32)
    chosen = (dice.random(rows) ** 2 * len(centres)).astype(int)
    return unit(centres[chosen] + 0.8 * dice.normal(size=(rows, dimension)).astype(np.float32))


def repeated(vectors: Vectors, rows: int) -> Vectors:
    """So many rows: the given ones first, then the same with noise."""
    dice = np.random.default_rng(2)
    more = vectors[dice.integers(0, len(vectors), max(0, rows - len(vectors)))]
    noise = unit(dice.normal(size=more.shape).astype(np.float32)) * NOISE
    return np.concatenate([vectors, unit(more + noise)])[:rows]


def unit(vectors: Vectors) -> Vectors:
    """Rows of length 1."""
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def timed(run: Callable[[int], object], count: int) -> dict[str, float]:
    """Milliseconds a call, median and 99th percentile."""
    for number in range(min(5, count)):
        run(number)
    seen = []
    for number in range(count):
        started = time.perf_counter()
        run(number)
        seen.append((time.perf_counter() - started) * 1000)
    return {"p50_ms": float(np.median(seen)), "p99_ms": float(np.percentile(seen, 99)), "least_ms": min(seen)}


def bandwidth(size: int) -> float:
    """Gigabytes a second that one thread reads of `size` bytes: the best of several searches for a maximum."""
    block = np.ones(size // 4, np.float32)
    best = 0.0
    for _ in range(40):
        started = time.perf_counter()
        block.max()
        best = max(best, block.nbytes / (time.perf_counter() - started) / 1e9)
    return best


def filled(folder: Path, vectors: Vectors, rows: int) -> VectorStore:
    """A store of the first `rows` vectors, each a chunk of its own, one of 64 symbols each."""
    store = VectorStore(folder / "store", Given(vectors))
    for start in range(0, rows, BATCH):
        store.upsert(chunks(_chunk(number) for number in range(start, min(rows, start + BATCH))))
        print(f"vectors: {min(rows, start + BATCH):,} of {rows:,} chunks stored", flush=True)
    store.maintain()
    return store


def _chunk(number: int) -> dict[str, object]:
    kind = ("filing", "news", "post")[number % 3]
    return chunk(f"d{number}", f"{number}", symbols=[SYMBOLS[number % len(SYMBOLS)]], kind=kind)


def main() -> None:
    """Run and write `bench/results/vectors.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=384, help="of vectors made up")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--queries", type=int, default=300)
    words = parser.parse_args()
    given = np.load(words.vectors) if words.vectors else None
    everything = words.rows + UPSERT + words.queries
    vectors = made(everything, words.dimension) if given is None else repeated(given, everything)
    # Questions are strangers to the store: near to some row, equal to none.
    asked = np.random.default_rng(3).permutation(everything)
    vectors = np.ascontiguousarray(vectors[asked])
    questions = vectors[words.rows + UPSERT :]

    faiss.omp_set_num_threads(1)
    stored = np.ascontiguousarray(vectors[: words.rows])
    flat = faiss.IndexFlatIP(stored.shape[1])
    flat.add(stored)
    found: dict[str, object] = {"memory_gb_per_s": bandwidth(stored.nbytes)}
    found["flat"] = timed(partial(_flat, flat, questions), words.queries)
    with threadpool_limits(1):
        found["matrix_product"] = timed(lambda number: stored @ questions[number], words.queries)
    _, truth = flat.search(questions, K)
    found["memory_gb_per_s"] = max(bandwidth(stored.nbytes), float(str(found["memory_gb_per_s"])))
    for name in ("flat", "matrix_product"):
        least_s = found[name]["least_ms"] / 1000  # type: ignore[index]
        found[f"{name}_share_of_memory_speed"] = stored.nbytes / least_s / 1e9 / float(str(found["memory_gb_per_s"]))

    with tempfile.TemporaryDirectory() as folder:
        store = filled(Path(folder), vectors, words.rows)
        started = time.perf_counter()
        publish(store, Path(folder) / "snapshots")
        found["publish_s"] = time.perf_counter() - started
        snapshot = Snapshot.open(Path(folder) / "snapshots", store.embedder)
        served = [snapshot.near(one, K, Filters()) for one in questions]
        found["served"] = timed(lambda number: snapshot.near(questions[number], K, Filters()), words.queries)
        found["served_recall_at_10"] = np.mean(
            [
                len({int(hit.text) for hit in hits} & set(row.tolist())) / K
                for hits, row in zip(served, truth, strict=True)
            ]
        ).item()
        found["filtered"] = timed(lambda number: snapshot.near(questions[number], K, _filter(number)), words.queries)
        found["filtered_recall_at_10"] = filtered_recall(snapshot, stored, questions)
        texts = [f"{words.rows + UPSERT + number}" for number in range(words.queries)]
        found["lancedb"] = timed(lambda number: store.nearest(texts[number], K, Filters()), min(100, words.queries))
        found["lancedb_filtered"] = timed(
            lambda number: store.nearest(texts[number], K, _filter(number)), min(100, words.queries)
        )
        serving = Serving(store, Path(folder) / "snapshots")
        found["whole_search"] = timed(
            lambda number: find(
                serving, understand(f"What of liquidity, case {texts[number]}", Nobody()), K, Filters()
            ),
            min(100, words.queries),
        )
        found["while_writing"] = while_writing(store, serving, texts, words.rows)
    served_ratio = found["served"]["p50_ms"] / found["flat"]["p50_ms"]  # type: ignore[index]
    found["served_to_flat"] = served_ratio
    for name, value in found.items():
        print(f"vectors  {name:<28} {value}")
    parameters = {
        "rows": words.rows,
        "dimension": int(vectors.shape[1]),
        "vectors": "given" if words.vectors else "made",
    }
    write_result("vectors", {"parameters": parameters, "measured": found}, RESULTS)


def _flat(index: faiss.IndexFlatIP, questions: Vectors, number: int) -> object:
    return index.search(questions[number][None], K)


def _filter(number: int) -> Filters:
    return Filters(symbols=[SYMBOLS[number % len(SYMBOLS)]])


def filtered_recall(snapshot: Snapshot, stored: Vectors, questions: Vectors) -> float:
    """Of the ten nearest rows of a symbol, counted by numpy, the share found; ties count by score."""
    shares = []
    for number, question in enumerate(questions):
        mine = np.arange(number % len(SYMBOLS), len(stored), len(SYMBOLS))
        scores = np.sort(stored[mine] @ question)[::-1][:K]
        hits = [hit.score for hit in snapshot.near(question, K, _filter(number))]
        shares.append(np.mean(np.isclose(hits, scores, atol=1e-5)))
    return float(np.mean(shares))


def while_writing(store: VectorStore, serving: Serving, texts: Sequence[str], start: int) -> dict[str, float]:
    """Queries while 10,000 chunks are written in ten batches; what is written is found afterwards."""

    def write() -> None:
        for batch in range(start, start + UPSERT, UPSERT // 10):
            store.upsert(chunks(_chunk(number) for number in range(batch, batch + UPSERT // 10)))

    writer = Thread(target=write)
    started = time.perf_counter()
    writer.start()
    seen = []
    while writer.is_alive():
        asked = time.perf_counter()
        serving.nearest(texts[len(seen) % len(texts)], K, Filters())
        seen.append((time.perf_counter() - asked) * 1000)
    seconds = time.perf_counter() - started
    serving.close()
    for number in range(start, start + UPSERT, UPSERT // 50):
        assert serving.nearest(str(number), 1, Filters())[0].text == str(number), number
    return {
        "seconds": seconds,
        "queries": float(len(seen)),
        "p50_ms": float(np.median(seen)),
        "p99_ms": float(np.percentile(seen, 99)),
    }


if __name__ == "__main__":
    main()
