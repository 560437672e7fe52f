"""Looking through tasks for people: a board of stages, a list in pages, filters, how many wait for whom."""
