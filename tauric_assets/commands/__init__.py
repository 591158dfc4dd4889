"""What each `tauric` command does and prints; cli.py only reads its words.

Belongs here: one module a command, and the terminal they share.
Not here: parsing of arguments (cli.py), the work itself (the rooms, defs/).
"""
