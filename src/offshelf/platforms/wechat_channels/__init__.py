"""The connector for WeChat Channels shop (微信小店 / 视频号小店). It speaks the platform's wire and nothing else:

it decides nothing, stores nothing but the token, and calls no success what does not carry the platform's own mark.
"""

from offshelf.platforms.wechat_channels.connect import connect
from offshelf.platforms.wechat_channels.manifest import manifest

__all__ = ["connect", "manifest"]
