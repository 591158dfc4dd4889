"""How good the house's words are: retrieval, sentiment and linking, measured on files of labelled cases.

Belongs here: reading labelled files, measures, baselines, intervals.
Not here: what is measured (text/, vectors/), what is printed (commands/).
"""
