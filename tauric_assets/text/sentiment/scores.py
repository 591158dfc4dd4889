"""Rows of `sentiment_scores` out of documents: one for each version of a document and each model, never overwritten.

The rules learned nothing from any data, so what they say of a document could have been known with it. A trained model
knows its training data: its scores are known when they were made, never before.

Belongs here: which documents are scored, when a score is known. Not here: models, storage.
"""

import pyarrow as pa

from tauric_assets.tables import table_named, to_arrow
from tauric_assets.text.sentiment.models import LABELS, SentimentModel, decided

UNSCORED_KINDS = frozenset({"filing"})
"""A filing's section is too long and too even to speak one way; news, posts and transcripts are scored."""


def build(documents: pa.Table, scored: pa.Table, model: SentimentModel, scored_at: int) -> pa.Table:
    """Scores of those documents that `model` has not scored yet, in the order of the input.

    Args:
        documents: rows of `documents`, every version.
        scored: rows of `sentiment_scores` of the same days.
        scored_at: now, ns since the epoch, UTC.
    """
    done = {
        (row["document_id"], row["document_known_at"])
        for row in scored.select(["document_id", "document_known_at", "model_id"]).to_pylist()
        if row["model_id"] == model.id
    }
    fresh = [
        row
        for row in documents.to_pylist()
        if row["kind"] not in UNSCORED_KINDS and (row["document_id"], row["known_at"]) not in done
    ]
    found = model.score([str(row["text"]) for row in fresh])
    rows = []
    for row, chances, label in zip(fresh, found, decided(found), strict=True):
        late = model.is_trained and scored_at > row["known_at"]
        rows.append(
            {
                "date": row["date"],
                "ts_event": row["ts_event"],
                "known_at": scored_at if late else row["known_at"],
                "known_at_quality": "observed" if late else row["known_at_quality"],
                "source": "documents",
                "document_id": row["document_id"],
                "document_known_at": row["known_at"],
                "kind": row["kind"],
                "ciks": row["ciks"],
                "symbols": row["symbols"],
                "model_id": model.id,
                "label": label,
                **dict(zip(LABELS, map(float, chances), strict=True)),
                "score": float(chances[2] - chances[0]),
                "scored_at": scored_at,
            }
        )
    return to_arrow(table_named("sentiment_scores"), rows)
