"""How the window and its worker process find each other: the command, the address, the key.

The window listens with `multiprocessing.connection.Listener`, starts `worker_command(address)` with the environment of
`worker_environment(key)`, and accepts one connection. From then on either side sends one pickled dataclass a message:
requests one way, events the other, `WorkerReady` first.
"""

from __future__ import annotations

import os
import sys

KEY_VARIABLE = "SSLVIZ_WORKER_KEY"
"""Environment variable with the connection's key in hexadecimal; the worker deletes it as soon as it has read it."""

Address = str | tuple[str, int]


def worker_command(address: Address, threads: int = 0) -> list[str]:
    """The command line of a worker process that connects to `address`; threads 0: all cores."""
    return [sys.executable, "-m", "sslviz.engine", "--connect", address_text(address), "--threads", str(threads)]


def worker_environment(key: bytes) -> dict[str, str]:
    """The environment to start a worker in: this process's own and the key."""
    return {**os.environ, KEY_VARIABLE: key.hex()}


def address_text(address: Address) -> str:
    """An address as one word: the path of a socket or pipe, or "host:port"."""
    return address if isinstance(address, str) else f"{address[0]}:{address[1]}"


def address_from(text: str) -> Address:
    """The inverse of `address_text`. A path of a socket or pipe holds a separator, a host does not."""
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and "/" not in text and "\\" not in text:
        return host, int(port)
    return text
