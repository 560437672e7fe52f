"""Everything there is to tell of one product: for its record in the console."""
