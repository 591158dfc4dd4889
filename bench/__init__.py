"""Benchmarks: one claim a module, each beside a floor or a peer in one run.

Belongs here: what is timed. Not here: tests of behaviour.
"""
