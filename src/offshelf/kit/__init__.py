"""Ground floor: clock, ids, money, errors, redaction, HTTP, database, sealing, texts. No business word may appear here."""
