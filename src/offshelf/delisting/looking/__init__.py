"""How a plan is shown to people: its head, and pages of its findings, acts and listings, counted and cut by the database.

Nothing here loads a whole ledger: a plan may have a hundred thousand acts, and somebody looks at it every second.
"""
