"""Places (售卖触点): what stands where, as last seen, and which of them hang on goods that go off sale.

`service` records and asks, `graph` is the pure reach over bundles and gifts, `reach` loads what it needs. Nothing here
calls a platform or decides how a place ends.
"""
