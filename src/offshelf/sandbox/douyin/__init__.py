"""The imitation of Douyin shops (抖店) at the wire."""

from offshelf.sandbox.douyin.platform import DouyinPlatform
from offshelf.sandbox.douyin.settings import DouyinSettings

__all__ = ["DouyinPlatform", "DouyinSettings"]
