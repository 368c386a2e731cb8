"""`python -m sslviz.cli`: the commands without the window's packages."""

from __future__ import annotations

import sys

from sslviz.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
