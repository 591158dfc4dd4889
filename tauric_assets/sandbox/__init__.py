"""The sandbox: an offline market, served over loopback in the protocols of its upstreams.

Belongs here: servers, clock, faults, the launcher, and the two markets behind them (world/, replay/).
Not here: anything production code imports; feeds, tables, storage.
"""
