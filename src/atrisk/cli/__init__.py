"""The command line: one thin module a command."""

from __future__ import annotations

from atrisk.cli.app import main

__all__ = ["main"]
