"""Judgement: facts in, findings out. Pure; unknown blocks like a failure. The twelve in a row: `checks.specs`."""
