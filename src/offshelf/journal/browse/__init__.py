"""Looking through the journal for people: newest first, by filters, page by page."""
