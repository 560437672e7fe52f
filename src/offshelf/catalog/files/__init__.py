"""Import of files the consoles export: read, recognise, parse with row errors, preview, write whole or not at all.

A file is an observation with the instant of its export. It adds what we did not know and never overrules a newer sight
of the platform. Columns with personal data are named in the mappings as `drop` and never leave the reader.
"""
