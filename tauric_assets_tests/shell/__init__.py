"""Tests of the Dagster shell and the pipeline below it."""
