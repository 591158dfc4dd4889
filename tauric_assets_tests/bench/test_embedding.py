"""The embedding benchmark still runs, on texts of a chunk's length."""

from pathlib import Path

from bench.embedding import made, speed
from tauric_assets.text import chunks
from tauric_assets.text.embedding.hashing import HashingEmbedder


def test_the_benchmark_runs_at_toy_size(tmp_path: Path) -> None:
    assert set(speed([HashingEmbedder()], chunks=3, repeats=1, results=tmp_path)) == {"hashing@1"}
    assert (tmp_path / "embedding.json").exists()
    sizes = [chunks.pieces(text, (0, len(text))) for text in made(20)]
    assert min(sizes) > 160 and max(sizes) <= chunks.PIECES_MAX and made(3) == made(20)[:3]
