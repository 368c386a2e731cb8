"""`python -m sslviz.engine --connect ADDRESS`: the worker process. The window starts it; nobody else needs to."""

from __future__ import annotations

import argparse
import os
import sys

from sslviz.spec.wire import KEY_VARIABLE, address_from


def main() -> int:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m sslviz.engine",
        description="Train and inspect for a window that listens at ADDRESS. The window starts this by itself.",
    )
    parser.add_argument("--connect", required=True, metavar="ADDRESS", help="a socket, a pipe, or host:port")
    parser.add_argument("--threads", type=int, default=0, help="threads of one operation; 0: all cores")
    arguments = parser.parse_args()
    if KEY_VARIABLE not in os.environ:
        parser.error(f"the connection's key is missing: {KEY_VARIABLE} is not set")
    from sslviz.engine.worker import work

    return work(address_from(arguments.connect), arguments.threads)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a library's thread that never ends must not keep the process
