"""What `tauric stream` runs as its second process: it reads the logs, and makes indicators of the bars that close.

Belongs here: what that process is handed. Not here: the process (stream/follow_process.py), the arithmetic (charts/).
"""

from tauric_assets.charts.carried_on import LIVE_INDICATORS
from tauric_assets.stream.follow_process import main

if __name__ == "__main__":
    main(LIVE_INDICATORS)
