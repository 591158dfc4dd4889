"""Tests, room by room; see docs/testing.md for how to run them."""
