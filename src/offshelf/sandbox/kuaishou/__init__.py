"""The imitation of Kuaishou shops at the wire."""

from offshelf.sandbox.kuaishou.platform import KuaishouPlatform
from offshelf.sandbox.kuaishou.settings import KuaishouSettings

__all__ = ["KuaishouPlatform", "KuaishouSettings"]
