"""The process that serves: uvicorn on loopback, one app with REST, MCP and the desk.

Belongs here: the socket and its life. Not here: what is answered (api.py).
"""

import errno
import logging
import socket

import uvicorn

from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.serve.api import create_app

HOST = "127.0.0.1"
_LOG = logging.getLogger(__name__)
_BACKLOG = 128


def run(house: House, port: int) -> None:
    """Serve until interrupted.

    Args:
        port: of the loopback interface; 0 takes a free one, which the log names.
    Raises: UsageError: the port is taken.
    """
    logging.getLogger("tauric_assets.serve").setLevel(logging.INFO)
    with listening(port) as listener:
        _LOG.info("desk=http://%s:%s/ rest=/v1/tables mcp=/mcp", HOST, listener.getsockname()[1])
        server(house).run(sockets=[listener])


def listening(port: int) -> socket.socket:
    """A socket that listens on `port` of the loopback interface.

    Raises: UsageError: the port is taken, or not ours to take.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise UsageError(f"port {port} of {HOST} is taken: stop what listens there, or set another --port") from None
    return listener


def server(house: House) -> uvicorn.Server:
    """Uvicorn over the app of `house`; logs warnings only."""
    return uvicorn.Server(uvicorn.Config(create_app(house), log_level="warning", access_log=False))
