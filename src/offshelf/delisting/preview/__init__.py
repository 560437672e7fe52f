"""What a plan will do, before it does it: gathered, judged, and told on a page, in the terminal, and as a document."""
