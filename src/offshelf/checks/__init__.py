"""Judgement: facts in, findings out. Pure; unknown blocks like a failure. Which check looks at what: `checks.rules`."""
