"""Keeps watch: drift between wanted and observed, and the health of connectors. Reads only; corrects nothing."""
