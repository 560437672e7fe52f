"""Who may do what: shops and their sealed credentials and tokens, and people's approvals. Knows no plan's content."""
