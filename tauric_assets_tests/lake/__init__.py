"""Tests of the lake: through its front door, on real folders, with real processes."""
