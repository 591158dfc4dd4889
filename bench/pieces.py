"""How far the estimate of word pieces is from a real tokenizer's count: over real filings and pages, chunk by chunk.

Claim: fewer than 1 chunk in 1,000, its breadcrumb included, exceeds what the embedding model reads at once (256 word
pieces, two of them its own). Refuted by a larger share. What does exceed it is embedded in windows, nothing dropped.

    python -m bench.pieces --realdata DIR [--sample 20] [--seed 2]

Belongs here: counting. Not here: the estimate (text/chunks.py), windows (text/embedding/minilm.py).
"""

import argparse
import json
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from tokenizers import Tokenizer

from tauric_assets.feeds.edgar.inspect import inspect_sections
from tauric_assets.research.quality.filings import Bad, read_filings
from tauric_assets.research.quality.retrieval import documents_of, sampled
from tauric_assets.settings import load_settings
from tauric_assets.tables import table_named, to_arrow
from tauric_assets.text import chunks as chunk_builder
from tauric_assets.text.embedding.models import TOKENIZER, whole

READ_AT_ONCE = 254
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0)


def told(chunks: pa.Table, tokenizer: Tokenizer) -> dict[str, object]:
    """Share of chunks over the limit, quantiles of their real size, and of real / estimated size of their text."""
    rows = chunks.select(["breadcrumb", "text"]).to_pylist()
    real = np.array([_count(tokenizer, f"{row['breadcrumb']}\n{row['text']}") for row in rows])
    text = np.array([_count(tokenizer, row["text"]) for row in rows])
    estimated = np.array([chunk_builder.pieces(row["text"], (0, len(row["text"]))) for row in rows])
    return {
        "chunks": len(rows),
        "over_limit": int((real > READ_AT_ONCE).sum()),
        "share_over_limit": round(float((real > READ_AT_ONCE).mean()), 6),
        "real": _quantiles(real),
        "real_by_estimated": _quantiles(text / estimated),
    }


def sections(folder: Path) -> pa.Table:
    """Chunks of the sections of 10-K and 10-Q documents, titled as a filing of a company of this name would be."""
    rows: list[dict[str, object]] = []
    for path in sorted(folder.glob("*.html")):
        form, symbol, _ = path.stem.split("_", 2)
        for row in inspect_sections(path.read_bytes(), path.name).rows.get("filing_sections", []):
            title = f"{symbol} {form} 2023-08-04 › {row['title']}"
            same = {"date": date(2023, 8, 4), "known_at": 0, "known_at_quality": "estimated", "text": row["text"]}
            same |= {"ts_event": 0, "source": "sections", "kind": "filing", "form": form, "ciks": []}
            same |= {"url": None, "fiscal_year": None, "fiscal_period": None, "symbols": [symbol], "title": title}
            rows.append(same | {"document_id": f"{path.name}:{row['item']}"})
    return chunk_builder.build(to_arrow(table_named("documents"), rows))


def _count(tokenizer: Tokenizer, text: str) -> int:
    return len(tokenizer.encode(text, add_special_tokens=False).ids)


def _quantiles(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> dict[str, float]:
    return {str(share): round(float(np.quantile(values, share)), 3) for share in QUANTILES}


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--realdata", type=Path, required=True, help="the folder of real recordings")
    parser.add_argument("--sample", type=int, help="so many documents of the pages, by chance")
    parser.add_argument("--seed", type=int, default=2, help="of the sample")
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(whole(load_settings(), "minilm") / TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    filings = read_filings(arguments.realdata / "retrieval" / "financebench_pages.jsonl.gz", None, Bad())
    pages = chunk_builder.build(documents_of(sampled(filings, arguments.sample, arguments.seed)))
    measured = {
        "pages": told(pages, tokenizer),
        "sections": told(sections(arguments.realdata / "filings" / "sections"), tokenizer),
    }
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
