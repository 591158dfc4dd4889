"""What kind of EDGAR document a raw document is: the attribute that collecting writes and parsing reads.

Belongs here: the kinds. Not here: what is done with them (collect.py, companies.py, parsing.py).
"""

KIND = "kind"
TICKERS = "tickers"
INDEX = "index"
SUBMISSION = "submission"
PROFILE = "profile"
OLDER_LIST = "older_list"
FACTS = "facts"
