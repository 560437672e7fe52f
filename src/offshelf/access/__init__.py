"""Who may do what: shops and their sealed credentials and tokens, users, roles and keys, people's approvals. Knows no plan's content."""
