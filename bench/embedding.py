"""Claim: int8 embeds at least 1.9 times as many chunks in a second of CPU as float32, one thread, one text at a time.

Floor: the same graph as published, in float32, on the same texts in turn; seconds of CPU, because the claim is of work
a core does. Refuted by a ratio of medians above 1 / 1.9.

    python -m bench.embedding [--chunks 200] [--repeats 5]

Belongs here: the texts, the contenders. Not here: repeating and reporting (harness.py).
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from bench.harness import RESULTS, Contender, Timing, compare
from tauric_assets.settings import load_settings
from tauric_assets.text.chunks import PIECES_MAX, pieces
from tauric_assets.text.embedders import Embedder, embedder_named

_SUBJECTS = ("Net sales", "Operating income", "The segment's backlog", "Our suppliers' prices", "Cash from operations")
_VERBS = ("rose", "fell", "were flat", "recovered", "weakened")
_REASONS = ("higher volumes", "currency translation", "a legal settlement", "new stores", "lower input costs")


def made(chunks: int) -> list[str]:
    """Seeded texts of sentences as annual reports have them, each as long as a chunk may be."""
    dice = random.Random(11)
    texts: list[str] = []
    while len(texts) < chunks:
        text = "TRVD 10-K 2026-01-05 › Item 7. Management's Discussion\n"
        while True:
            change, sales = dice.uniform(0.1, 30), dice.uniform(10, 90_000)
            sentence = f"{dice.choice(_SUBJECTS)} {dice.choice(_VERBS)} {change:.1f}% to ${sales:,.0f} million, "
            sentence += f"mainly because of {dice.choice(_REASONS)}. "
            if pieces(text + sentence, (0, len(text) + len(sentence))) > PIECES_MAX:
                break
            text += sentence
        texts.append(text)
    return texts


def speed(
    embedders: Sequence[Embedder], chunks: int = 200, repeats: int = 5, results: Path = RESULTS
) -> dict[str, Timing]:
    """Time the embedders on the same texts; the last is the floor."""
    texts = made(chunks)
    contenders = [Contender(one.id, lambda one=one: one.embed_documents(texts)) for one in embedders]  # type: ignore[misc]
    timings = compare(
        "embedding", contenders, repeats=repeats, parameters={"chunks": chunks}, results=results, processor_time=True
    )
    for name, timing in timings.items():
        print(f"{'embedding':<14} {name:<44} {chunks / timing.median_s:8.1f} chunks a second of CPU")
    return timings


def main() -> None:
    """Time int8 against float32."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--chunks", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    settings = load_settings()
    embedders = [embedder_named(name, settings) for name in ("minilm", "minilm-fp32")]
    speed(embedders, arguments.chunks, arguments.repeats)


if __name__ == "__main__":
    main()
