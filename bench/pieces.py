"""How well real filings are cut: word pieces by estimate and by a real tokenizer, and what becomes of tables.

Claim: fewer than 1 chunk in 1,000, its breadcrumb included, exceeds what the embedding model reads at once (256 word
pieces, two of them its own). What does exceed it is embedded in windows, nothing dropped. And 99 of 100 tables are
whole in a chunk, or every chunk of their rows knows their head. Refuted by larger or smaller shares.

    python -m bench.pieces --realdata DIR [--sample 20] [--seed 2]

Belongs here: counting. Not here: the estimate (text/chunks.py), tables (text/grids.py), windows
(text/embedding/minilm.py).
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
from tauric_assets.text.grids import grids

READ_AT_ONCE = 254
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0)


def told(chunks: pa.Table, tokenizer: Tokenizer) -> dict[str, object]:
    """Share of chunks over the limit, quantiles of their real size, and of real / estimated size of their text."""
    rows = chunks.select(["breadcrumb", "context", "text"]).to_pylist()
    real = np.array([_count(tokenizer, chunk_builder.embedded(**row)) for row in rows])
    text = np.array([_count(tokenizer, row["text"]) for row in rows])
    estimated = np.array([chunk_builder.pieces(row["text"], (0, len(row["text"]))) for row in rows])
    return {
        "chunks": len(rows),
        "over_limit": int((real > READ_AT_ONCE).sum()),
        "share_over_limit": round(float((real > READ_AT_ONCE).mean()), 6),
        "real": _quantiles(real),
        "real_by_estimated": _quantiles(text / estimated),
    }


def tables(documents: pa.Table, *, cells: bool) -> dict[str, float]:
    """Share of the tables that are whole in a chunk, and of those whose every chunk holds or knows their head.

    Args:
        cells: cut the texts as they are; otherwise as if their cells were not told apart, the control.
    """
    count = whole_ones = headed = 0
    for text in documents["text"].to_pylist():
        cuts = chunk_builder.passages(text if cells else text.replace("\t", " "))
        for grid in grids(text):
            count += 1
            holding = [one for one in cuts if one.start < grid.end and one.end > grid.rows[0][0]]
            head = [text[start:end] for start, end in grid.head]
            known = [f"{context}\n{text[start:end]}" for start, end, context in holding]
            whole_ones += any(one.start <= grid.start and grid.end <= one.end for one in cuts)
            headed += all(line.replace("\t", " ") in said.replace("\t", " ") for said in known for line in head[-1:])
    return {"tables": count, "whole": round(whole_ones / count, 4), "whole_or_headed": round(headed / count, 4)}


def sections(folder: Path) -> pa.Table:
    """The sections of 10-K and 10-Q documents, titled as a filing of a company of this name would be."""
    rows: list[dict[str, object]] = []
    for path in sorted(folder.glob("*.html")):
        form, symbol, _ = path.stem.split("_", 2)
        for row in inspect_sections(path.read_bytes(), path.name).rows.get("filing_sections", []):
            title = f"{symbol} {form} 2023-08-04 › {row['title']}"
            same = {"date": date(2023, 8, 4), "known_at": 0, "known_at_quality": "estimated", "text": row["text"]}
            same |= {"ts_event": 0, "source": "sections", "kind": "filing", "form": form, "ciks": []}
            same |= {"url": None, "fiscal_year": None, "fiscal_period": None, "symbols": [symbol], "title": title}
            rows.append(same | {"document_id": f"{path.name}:{row['item']}"})
    return to_arrow(table_named("documents"), rows)


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
    documents = sections(arguments.realdata / "filings" / "sections")
    measured = {
        "pages": told(pages, tokenizer),
        "sections": told(chunk_builder.build(documents), tokenizer),
        "tables": tables(documents, cells=True),
        "tables_cells_not_told_apart": tables(documents, cells=False),
    }
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
