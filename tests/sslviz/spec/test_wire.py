"""Addresses survive the command line, and the key reaches only the environment."""

import os
import sys

import pytest

from sslviz.spec.wire import KEY_VARIABLE, address_from, address_text, worker_command, worker_environment


@pytest.mark.parametrize(
    "address", ["/run/user/0/sslviz-1/socket", r"\\.\pipe\pyc-123-0", ("127.0.0.1", 5123), "/tmp/odd:123"]
)
def test_addresses_survive_the_command_line(address: str | tuple[str, int]) -> None:
    assert address_from(address_text(address)) == address


def test_the_key_is_in_the_environment_and_not_in_the_command() -> None:
    key = b"\x01\xfe secret"
    command = worker_command(("127.0.0.1", 5), threads=3)
    assert command == [sys.executable, "-m", "sslviz.engine", "--connect", "127.0.0.1:5", "--threads", "3"]
    assert bytes.fromhex(worker_environment(key)[KEY_VARIABLE]) == key
    assert KEY_VARIABLE not in os.environ
