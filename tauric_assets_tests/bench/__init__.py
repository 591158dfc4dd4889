"""Tests of the benchmarks: each runs at toy size."""
