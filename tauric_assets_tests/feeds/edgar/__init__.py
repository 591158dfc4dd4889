"""Tests of the EDGAR feed. Not here: EDGAR's sandbox."""
