"""Charts: bars out of trades, indicators out of bars, pictures out of both.

Belongs here: plain functions on Arrow tables in the canonical schemas.
Not here: storage (lake/), live bars (stream/), Dagster.
"""
