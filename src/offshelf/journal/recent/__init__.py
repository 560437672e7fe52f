"""The newest entries of the journal, for whoever watches. Reads only."""
