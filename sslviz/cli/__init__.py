"""The command line: every capability from the shell, one command a file. Imports nothing heavy until a command needs it."""

from __future__ import annotations

from sslviz.cli.program import COMMANDS, main

__all__ = ["COMMANDS", "main"]
