"""The connector for Kuaishou shop (快手小店). It speaks the platform's wire and nothing else:

it decides nothing, stores nothing but the token, and calls no success what does not carry the platform's own mark.
"""

from offshelf.platforms.kuaishou.connect import connect
from offshelf.platforms.kuaishou.manifest import manifest

__all__ = ["connect", "manifest"]
