"""Embedders: texts in, unit vectors out.

Belongs here: one module per kind of embedder; getting models. The protocol and the registry are text/embedders.py.
Not here: where vectors are kept (vectors/).
"""
