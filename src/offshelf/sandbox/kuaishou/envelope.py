"""The envelope of answers: result codes, their words, and the ways a success is written (reference §1.4, §1.5)."""

from __future__ import annotations

from random import Random
from typing import Any

from offshelf.kit.digest import sm3
from offshelf.sandbox.wire import Reply, write

# Where the reference names a code for one situation only, the neighbouring ones here are inferred from it.
THROTTLED, SERVER, ILLEGAL, EMPTY, BUSY, BUSINESS = 8, 11, 13, 14, 16, 21
UNAUTHORISED, REVOKED, NO_SCOPE, NO_ACCOUNT, BAD_SIGN, BAD_TOKEN = 22, 24, 25, 26, 27, 28
AFTER_END = 53
BAD_REQUEST = 400
RATE, DAY_QUOTA = 1016, 1017
NO_ITEM, BAD_ITEM_ID = 100002, 100003

WORDS = {
    THROTTLED: "网络繁忙，请稍后重试",
    SERVER: "服务器错误",
    ILLEGAL: "参数非法",
    EMPTY: "必填参数为空",
    BUSY: "请求过于频繁",
    BUSINESS: "参数错误",
    UNAUTHORISED: "鉴权失败",
    REVOKED: "AUTHORIZATION_REVOKED",
    NO_SCOPE: "token中无scope权限",
    NO_ACCOUNT: "主账号不存在",
    BAD_SIGN: "验签失败",
    BAD_TOKEN: "TOKEN过期",
    51: "pageSize参数错误",
    AFTER_END: "分页超限",
    BAD_REQUEST: "非法请求",
    300: "店铺准入校验不通过",
    2007: "商品当前状态不允许进行操作",
    2066: "商品正在售卖中不允许删除",
    2099: "品牌资质校验不通过",
    6102: "可售库存不足",
    20038: "商品与SKU不匹配",
    24101: "商品不存在或已下线",
    24102: "分销计划不存在或已关闭",
    NO_ITEM: "商品不存在",
    BAD_ITEM_ID: "商品id非法",
    100022: "商品上下架状态非法",
    100023: "商品未审核通过",
    100038: "无法更新闪电购商品状态",
    100069: "店铺已关闭，不允许上架",
    100086: "库存变更参数错误",
    300002: "退款类型错误",
    300003: "结束时间早于开始时间",
    300004: "时间跨度超过7天",
    300005: "开始时间超过90天",
    300006: "退款单id为空",
    300011: "退款单不存在",
    300019: "时间范围超限",
    300107: "退款状态非法",
    300109: "待处理类型不支持已关闭状态",
    1010187: "分页参数错误",
    63570501: "该用户不是商家",
}
# Success is `result` 1 only; the text next to it varies.
SAID = ("success", "SUCCESS", "成功", "操作成功")


class RefusalError(Exception):
    """The platform refuses a call: a result code, and what it says beyond the usual words."""

    def __init__(self, code: int, said: str = "") -> None:
        super().__init__(code, said)
        self.code = code
        self.said = said


class Envelope:
    """Writes answers. Which method writes which form is fixed by the seed."""

    def __init__(self, seed: int, dice: Random) -> None:
        self._seed = seed
        self._dice = dice
        self._forms: dict[str, int] = {}

    def request_id(self) -> str:
        """Return the id of a new call."""
        return f"{self._dice.getrandbits(40):010x}"

    def ok(self, path: str, payload: dict[str, Any], request_id: str) -> Reply:
        """Return a success. `payload` is {"data": ...}, nothing, or fields that stand at the top level."""
        form = self._form(path)
        said = SAID[form % 4]
        document: dict[str, Any] = {"result": 1, "error_msg": said}
        if path.startswith("/open/item/video/"):
            document["code"] = f"S-{1010000 + form}-1"
        elif form % 5:
            document |= {"code": "1", "msg": said, "sub_code": "1", "sub_msg": said}
        document |= payload
        if not payload and form % 3 == 0:
            document["data"] = None
        return write(document | self._traced(form, request_id))

    def refused(self, path: str, refusal: RefusalError, request_id: str) -> Reply:
        """Return an error; over HTTP it looks like a success."""
        form = self._form(path)
        words = refusal.said or WORDS.get(refusal.code, "系统错误")
        document: dict[str, Any] = {"result": refusal.code, "error_msg": words}
        if form % 3:
            document |= {"code": str(refusal.code), "msg": words}
        else:
            document["data"] = None
        return write(document | self._traced(form, request_id))

    def _traced(self, form: int, request_id: str) -> dict[str, str]:
        return {} if form % 7 == 0 else {"request_id" if form % 2 else "requestId": request_id}

    def _form(self, path: str) -> int:
        form = self._forms.get(path)
        if form is None:
            form = self._forms[path] = int(sm3(f"{self._seed}:kuaishou:{path}".encode())[:6], 16)
        return form
