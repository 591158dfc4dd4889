"""Research: tables made for models and people out of what the lake knew at each moment.

Belongs here: the point-in-time panel, the warehouse file, signals and backtests.
Not here: collecting, storing, serving.
"""
