"""Fixtures for every test."""

pytest_plugins = ["support.databases", "support.processes"]
