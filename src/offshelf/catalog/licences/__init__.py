"""Papers as platforms tell of them: what was seen last, and what it makes of the register."""
