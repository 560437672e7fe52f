"""What every connector does alike: one call and the judging of it, tokens shared by many, lists followed to their end.

What differs between platforms (signature, envelope, words) is handed in as a `Dialect`. Nothing here knows a platform.
"""
