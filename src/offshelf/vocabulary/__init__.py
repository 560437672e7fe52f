"""The words of `design.md` as frozen values shared by every room. No I/O, no rule, no platform."""
