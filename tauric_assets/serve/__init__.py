"""The house to the outside: REST, MCP and the desk, thin faces over the same as-of reads.

Belongs here: asking the rooms to the left, and the forms in which answers leave.
Not here: business rules; anything that writes; Dagster.
"""
