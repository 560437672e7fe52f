"""Rehearsals: the same acts on a copy of the shops. Takes the snapshot and tells what came of it; runs nothing itself."""
