"""Text: which companies a text speaks of, documents out of filings, news and posts, chunks out of documents, embedders.

Belongs here: plain functions on text and on Arrow tables in the canonical schemas.
Not here: where vectors are kept (vectors/), reading of upstream formats (feeds/), Dagster.
"""
