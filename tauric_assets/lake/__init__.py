"""The lake: Delta tables that are replaced by partition, appended exactly once and read as of an instant; raw bytes.

Belongs here: how rows and bytes are stored, changed and read back.
Not here: what the rows mean, where they come from, who asks.
"""
