"""Connectors: the only rooms that speak to the platforms. They know no plan, no check and no database but their own."""
