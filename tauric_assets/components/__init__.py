"""Dagster components: what a defs.yaml may instantiate.

Belongs here: component classes and what every asset of the shell shares.
Not here: parsing, SQL, arithmetic; those are in the rooms.
"""
