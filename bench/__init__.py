"""Benchmarks: ratios measured side by side in one run. `make bench`; figures and how to read them: docs/performance.md."""
