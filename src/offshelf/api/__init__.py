"""The HTTP API: parses, calls a service, maps the answer. Holds no rule and no query of its own."""

from offshelf.api.app import create_app

__all__ = ["create_app"]
