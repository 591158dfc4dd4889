"""`python -m tauric_assets.sandbox --name value …`: the sandbox as a child process of launch.py.

Belongs here: reading arguments, exit codes.
Not here: the `tauric sandbox` command for people (cli.py).
"""

import sys

from tauric_assets.errors import UsageError
from tauric_assets.sandbox.options import EXIT_USAGE, options_from_arguments
from tauric_assets.sandbox.server import run

EXIT_INTERRUPTED = 130


def main() -> int:
    """Serve until standard input ends; 2 where what was asked makes no sense, 130 where interrupted."""
    try:
        run(options_from_arguments(sys.argv[1:]), announce=True, until_stdin_ends=True)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
