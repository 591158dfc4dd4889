"""Tests of errors, times, settings and tables."""
