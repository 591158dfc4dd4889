"""How a text speaks of a company's prospects: negative, neutral or positive, by models that can stand side by side.

Belongs here: the protocol and registry, and one module for each kind of model.
Not here: tables and files of scores (lake/), how good a model is (research/quality/).
"""
