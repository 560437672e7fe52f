"""What is sold: listings, SKUs, promotions, orders, each with the instant of its last observation; and what is wanted.

Observed and wanted are two records. Nothing here calls a platform except `sync`, which only reads.
"""
