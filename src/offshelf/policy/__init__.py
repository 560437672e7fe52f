"""Policy: every number and word of a law, a platform or the house, as dated, sourced data (promise P8)."""
