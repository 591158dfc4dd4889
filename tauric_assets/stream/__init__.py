"""The tick sidecar: live trades from venues' websockets into the lake, in a process of its own.

Belongs here: connections, landing exactly once. Not here: Dagster, shapes of frames (feeds/), bars (charts/).
"""
