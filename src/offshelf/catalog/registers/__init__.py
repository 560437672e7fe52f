"""What no platform tells: statements, licences, and places written down by hand. Append only: nothing is overwritten."""
