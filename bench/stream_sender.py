"""A loopback websocket server that sends made-up Coinbase trades at a fixed rate and costs next to nothing itself.

Frames are encoded before anybody connects, and leave many to a system call. Every accepted connection gets all of them.
Belongs here: sending. Not here: what is measured (stream.py).
"""

import argparse
import base64
import hashlib
import json
import select
import socket
import struct
import sys
import time
from contextlib import suppress

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
STEP_S = 0.005
FULL_SPEED_FRAMES = 200
FULL_SPEED_STAMPS = 50_000
"""Trades a second of event time where they come as fast as they are taken."""
PING, PONG = 0x89, 0x8A
EXCHANGE, ADVANCED = "exchange", "advanced"
"""Forms of a frame: Coinbase Exchange's, a trade each; Coinbase Advanced Trade's, here a trade each too."""


def encoded(first: int, count: int, per_second: int = FULL_SPEED_STAMPS, form: str = EXCHANGE) -> list[bytes]:
    """`count` frames with trade numbers from `first` on; stamps go on from the present as the rate wants it."""
    found = []
    began = time.time()
    text_of = _match if form == EXCHANGE else _market_trades
    for number in range(first, first + count):
        second, part = divmod(began + (number - first) / per_second, 1)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        text = text_of(number, f"{stamp}.{int(part * 1_000_000):06d}Z").encode()
        found.append(struct.pack("!BBH", 0x81, 126, len(text)) + text)
    return found


def _match(number: int, stamp: str) -> str:
    return (
        f'{{"type":"match","trade_id":{number},"maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8",'
        f'"taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1","side":"sell","size":"{number % 97}.5023",'
        f'"price":"{400 + number % 13}.23","product_id":"NOVA-USD","sequence":{number},"time":"{stamp}"}}'
    )


def _market_trades(number: int, stamp: str) -> str:
    return (
        f'{{"channel":"market_trades","client_id":"","timestamp":"{stamp}","sequence_num":{number - 1},"events":['
        f'{{"type":"update","trades":[{{"trade_id":"{number}","product_id":"NOVA-USD","price":"{400 + number % 13}.23",'
        f'"size":"{number % 97}.5023","side":"SELL","time":"{stamp}"}}]}}]}}'
    )


def greet(connection: socket.socket) -> None:
    """Answer the opening handshake."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += connection.recv(4096)
    key = next(
        line.split(b":")[1].strip() for line in asked.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
    )
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    connection.sendall(answer + accept + b"\r\n\r\n")
    connection.recv(4096)


def answer_pings(connection: socket.socket) -> None:
    """Pongs for the pings that have come; the client gives up without them. They come whole, a small frame each."""
    while select.select([connection], [], [], 0)[0]:
        came = connection.recv(4096)
        if not came:
            return
        while came:
            length = came[1] & 0x7F
            mask, payload = came[2:6], came[6 : 6 + length]
            if came[0] == PING:
                plain = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
                connection.sendall(bytes([PONG, length]) + plain)
            came = came[6 + length :]


def send(connection: socket.socket, frames: list[bytes], rate: int) -> None:
    """All frames at `rate` a second; 0 means as fast as they are taken."""
    started, sent = time.monotonic(), 0
    while sent < len(frames):
        wanted = sent + FULL_SPEED_FRAMES if not rate else int((time.monotonic() - started) * rate)
        if wanted > sent:
            connection.sendall(b"".join(frames[sent:wanted]))
            sent = min(wanted, len(frames))
        answer_pings(connection)
        if rate:
            time.sleep(STEP_S)


def main() -> None:
    """Serve one connection after the other until killed; the first line on standard output is the port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, required=True)
    parser.add_argument("--frames", type=int, required=True)
    parser.add_argument("--form", choices=[EXCHANGE, ADVANCED], default=EXCHANGE)
    words = parser.parse_args()
    frames = encoded(1, words.frames, words.rate or FULL_SPEED_STAMPS, words.form)
    with socket.create_server(("127.0.0.1", 0)) as server:
        sys.stdout.write(json.dumps({"port": server.getsockname()[1]}) + "\n")
        sys.stdout.flush()
        while True:
            connection, _ = server.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                greet(connection)
                send(connection, frames, words.rate)
                with suppress(ConnectionError):  # who has all may be gone
                    connection.sendall(b"\x88\x02\x03\xe8")
                    connection.recv(4096)


if __name__ == "__main__":
    main()
