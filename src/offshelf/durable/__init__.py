"""Work that survives a crash: the workflow engine behind a thin port, the act ledger, the inbox, the worker's lock.

This is the only room that knows the engine. It may not know what an act means.
"""
