"""The command line: ``xiancheng -C DIR COMMAND``."""

from xiancheng.cli.app import main

__all__ = ["main"]
