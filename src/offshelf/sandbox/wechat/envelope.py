"""The envelope of answers: error codes, their words, trace ids, and the mix of text and number forms on the wire."""

from __future__ import annotations

from random import Random
from typing import Any

from offshelf.kit.digest import sm3
from offshelf.sandbox.wire import Reply, write

WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40013: "invalid appid",
    40066: "invalid url",
    40097: "invalid args",
    41001: "access_token missing",
    41002: "appid missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    44002: "empty post data",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit must slower retry next minute",
    47001: "data format error",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    31042: "too many orders",
    606006: "invalid next_key",
    61004: "access clientip is not registered",
    76003: "invalid cgi_path",
    76021: "cgi_path not found, please check",
    76022: "could not use this cgi_path, no permission",
    100002: "order not exist",
    10020004: "非法的时间区间",
    10020014: "商品正在参加限时抢购",
    10020044: "商品草稿状态不是审核中",
    10020047: "商品正在审核中",
    10020049: "商品审核中，不可编辑或删除",
    10020051: "参数错误",
    10020052: "商品不存在",
    10020053: "商品因违规被封禁",
    10020055: "库存参数错误",
    10020065: "商品未上架",
    10020066: "提审次数超过每小时限制",
    10020067: "商品正在上传",
    10020070: "类目保证金不足，商品已下架",
    10020076: "限时抢购任务不存在",
    10020077: "限时抢购任务状态不对",
    10020088: "品牌未通过或已失效",
    10020091: "商品类型不支持",
    10020111: "提审次数超过每日限制",
    10020112: "库存更新过于频繁",
    10020207: "该类型商品没有草稿数据",
    10020217: "商品草稿审核中，不可设置库存",
    10020218: "库存变化量为0",
    10020219: "库存不足以减扣",
    10020289: "商品从未上架",
    10021001: "优惠券状态不对",
    10021003: "优惠券未过期",
    10021037: "优惠券不存在",
    10022003: "橱窗商品未找到",
    10022007: "带货商品不可操作",
    10022008: "该小店未绑定此视频号",
    10023000: "参数错误",
    10023007: "未开通优选联盟",
    10023100: "推广类型错误",
    10023103: "不存在该商品",
    10023104: "商品未上架",
    10023105: "普通推广与定向推广冲突",
}


class RefusalError(Exception):
    """The platform refuses a call: a code, and what it says beyond the usual words."""

    def __init__(self, code: int, said: str = "") -> None:
        super().__init__(code, said)
        self.code = code
        self.said = said


class Envelope:
    """Writes answers. Which paths speak ids or `errcode` in the other form is fixed by the seed."""

    def __init__(self, seed: int, dice: Random) -> None:
        self._seed = seed
        self._dice = dice
        self._forms: dict[tuple[str, str], bool] = {}

    def rid(self, now: float) -> str:
        """Return the trace id of a new call."""
        return f"{int(now):08x}-{self._dice.getrandbits(32):08x}-{self._dice.getrandbits(32):08x}"

    def ok(self, path: str, fields: dict[str, Any]) -> Reply:
        """Return a success; some paths write `errcode` as the text "0"."""
        code: int | str = "0" if self._other_form("errcode", path, 6) else 0
        return write({"errcode": code, "errmsg": "ok", **fields})

    def refused(self, refusal: RefusalError, rid: str) -> Reply:
        """Return an error with its trace id."""
        words = refusal.said or WORDS.get(refusal.code, "error")
        return write({"errcode": refusal.code, "errmsg": f"{words} rid: {rid}"})

    def numeric_ids(self, path: str) -> bool:
        """Tell whether this path writes ids as numbers."""
        return self._other_form("ids", path, 4)

    def _other_form(self, what: str, path: str, one_in: int) -> bool:
        form = self._forms.get((what, path))
        if form is None:
            number = int(sm3(f"{self._seed}:{what}:{path}".encode())[:8], 16)
            form = self._forms[what, path] = number % one_in == 0
        return form
