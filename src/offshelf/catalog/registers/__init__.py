"""Statements, licences (those platforms tell of, too), and places written down by hand. Append only: nothing is overwritten."""
