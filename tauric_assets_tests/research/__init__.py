"""Tests of research: the panel is true to each close, the warehouse is whole."""
