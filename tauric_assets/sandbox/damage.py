"""The gate in front of all servers: writes the log, and does to answers what the faults ask for.

Belongs here: the ASGI wrapper and the damage it does; the protocol class that lets it hang up.
Not here: which fault strikes (faults.py), ticks (venue_stream.py), contents.
"""

import asyncio
import re
import socket
import struct

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tauric_assets.sandbox.context import Sandbox
from tauric_assets.sandbox.faults import Rule

CONTROL_PREFIX = "/sandbox/"
_ENTRY = re.compile(rb"<(entry|item)[ >].*?</\1>\s*", re.DOTALL)
_LINGER_NOT = struct.pack("ii", 1, 0)


class Gate:
    """Logs every request to an upstream and damages the answers that a fault strikes."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        path = str(scope["path"]).lstrip("/")
        rule = self._sandbox.faults.for_answer(path)
        entry = _log_entry(scope, path, rule)
        self._sandbox.log.append(entry)

        async def noting(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                entry["status"] = message["status"]
            await send(message)

        if rule is None:
            await self._app(scope, receive, noting)
        else:
            await self._damage(rule, scope, receive, noting)

    async def _damage(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        if rule.kind == "slow":
            await asyncio.sleep(rule.seconds)
            await self._app(scope, receive, send)
        elif rule.kind == "status":
            await _refuse(rule, scope, receive, send)
        elif rule.kind == "reset":
            _hang_up(scope["state"]["transport"])
            await _until_disconnected(scope, receive)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            start, body = await self._collected(scope, receive)
            if not body:
                await _send_whole(send, start, body)
            elif rule.kind == "malformed_xml":
                await _send_whole(send, start, _malformed(body))
            elif rule.kind == "omit":
                await _send_whole(send, start, _without(body, rule.text.encode()))
            else:
                await _send_part(send, start, body, rule.fraction)
                scope["state"]["transport"].close()
                await _until_disconnected(scope, receive)

    async def _collected(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


class DroppableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which tells the application its transport, so that a fault can hang up."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put the transport in the scope's `state` (websockets inherit it), and send without delay.

        asyncio leaves Nagle's algorithm on where a socket was made without naming TCP: 40 ms an answer.
        """
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


def _log_entry(scope: Scope, path: str, rule: Rule | None) -> dict[str, object]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return {
        "method": scope.get("method", "WEBSOCKET"),
        "path": path,
        "query": scope["query_string"].decode("latin-1"),
        "status": None,
        "user_agent": headers.get("user-agent", ""),
        "accept_datetime": headers.get("accept-datetime", ""),
        "if_none_match": headers.get("if-none-match", ""),
        "fault": rule.kind if rule else "",
    }


async def _refuse(rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
    prefix = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if rule.retry_after_s:
        headers.append((b"retry-after", str(rule.retry_after_s).encode()))
    if scope["type"] == "websocket":
        await receive()
    await send({"type": f"{prefix}.start", "status": rule.status, "headers": headers})
    await send({"type": f"{prefix}.body", "body": f"fault: status {rule.status}\n".encode()})


def _hang_up(transport: asyncio.Transport) -> None:
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()


async def _until_disconnected(scope: Scope, receive: Receive) -> None:
    while (await receive())["type"] != f"{scope['type']}.disconnect":
        pass


async def _send_whole(send: Send, start: Message, body: bytes) -> None:
    """Send an answer whose length may have changed; one without a body (304) is left as it is."""
    if not body:
        await send(start)
        await send({"type": "http.response.body", "body": b""})
        return
    headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


async def _send_part(send: Send, start: Message, body: bytes, fraction: float) -> None:
    await send(start)
    await send({"type": "http.response.body", "body": body[: int(len(body) * fraction)], "more_body": True})


def _without(body: bytes, text: bytes) -> bytes:
    """The body without the entries that hold `text`."""
    return _ENTRY.sub(lambda match: b"" if text in match[0] else match[0], body)


def _malformed(body: bytes) -> bytes:
    """The body with a tag opened in its middle that nothing closes, and its end torn off."""
    middle = len(body) // 2
    return body[:middle] + b"<torn attribute=" + body[middle : len(body) - 20]
