"""Upstreams: ask them, keep what they said as documents, parse documents into rows of the canonical tables.

Belongs here: one module or package per upstream (`contract.Feed`), and what they share: fetching, limits, values.
Not here: Dagster, storage, one upstream's name in shared code.
"""
