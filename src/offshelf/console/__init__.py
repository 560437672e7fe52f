"""The console: pages for a shop owner, rendered on the server. A page holds no rule and no query."""

from offshelf.console.app import Setup, create_console

__all__ = ["Setup", "create_console"]
