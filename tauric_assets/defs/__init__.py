"""The asset graph: feeds in YAML below `feeds/`, everything derived from them in Python.

Belongs here: which assets, jobs, schedules and sensors there are.
Not here: what an asset does (pipeline.py and the rooms).
"""
