"""What the checks said of a plan, for pages: counted by check, cut into pages by the database."""
