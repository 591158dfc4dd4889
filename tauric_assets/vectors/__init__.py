"""Vectors: the store of embedded chunks (LanceDB), snapshots of it for fast reading (FAISS), search in both.

The store is of record; a snapshot is built from one version of it and may be thrown away.

Belongs here: keeping vectors and finding the nearest, as known at any instant.
Not here: embedders and chunks (text/), REST and MCP (serve/), Dagster.
"""
