"""Tauric Assets: an open market-data house that is true to what was known at each moment.

Belongs here: nothing but this docstring; every room is imported by its own name.
Not here: code.
"""
