"""The envelope of answers: main codes, sub codes, trace ids, and the old fields that come beside the new ones."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from offshelf.kit.digest import sm3
from offshelf.kit.instants import from_unix, local
from offshelf.sandbox.wire import Reply, write

SUCCESS, PART_FAILED = 10000, 10001
BUSY, NO_PERMISSION, BAD_ADDRESS = 20000, 30001, 30002
GATEWAY_MISSING, MISSING, GATEWAY_ILLEGAL, ILLEGAL = 40001, 40002, 40003, 40004
NO_TOKEN, FAILED, LIMITED = 50001, 50002, 60000
MESSAGES = {
    SUCCESS: "success",
    PART_FAILED: "请求部分失败",
    BUSY: "系统错误",
    NO_PERMISSION: "无权限",
    BAD_ADDRESS: "IP不在白名单",
    GATEWAY_MISSING: "缺少参数",
    MISSING: "缺少参数",
    GATEWAY_ILLEGAL: "非法的参数",
    ILLEGAL: "非法的参数",
    NO_TOKEN: "平台处理失败",
    FAILED: "业务处理失败",
    LIMITED: "触发限流",
}
# The middle part of a numbered sub code, by main code.
GROUPS = {
    BUSY: "isp.service-error",
    MISSING: "isv.parameter-missing",
    ILLEGAL: "isv.parameter-invalid",
    FAILED: "isv.business-failed",
}
PART_SUB_CODE = "isv.business-part-failed"
ABSENT = object()  # a handler's word for an answer without `data`


class Refusal(NamedTuple):
    """What the platform says when it refuses: main code, sub code, human text ("" takes the main code's)."""

    code: int
    sub_code: str
    said: str = ""

    def error(self) -> RefusalError:
        """Return it as something to raise."""
        return RefusalError(self)


class RefusalError(Exception):
    """The platform refuses a call."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class PartFailedError(Exception):
    """A batch came through in part: `data` tells the items."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()
        self.data = data


def refuse(code: int, number: int, said: str = "") -> Refusal:
    """Return a refusal with a numbered sub code, e.g. 40004 and 2010021."""
    return Refusal(code, f"{GROUPS[code]}:{number}", said)


class Envelope:
    """Writes answers. Which methods also write the old fields is fixed by the seed (reference §1.5)."""

    def __init__(self, seed: int, dice: Random) -> None:
        self._seed = seed
        self._dice = dice
        self._forms: dict[tuple[str, str], int] = {}

    def log_id(self, now: float) -> str:
        """Return the trace id of a new call: 14 digits of Beijing time and 20 hex digits."""
        stamp = local(from_unix(int(now)))
        digits = "".join(letter for letter in stamp if letter.isdigit())
        return f"{digits}{self._dice.getrandbits(80):020X}"

    def ok(self, path: str, data: Any, log_id: str) -> Reply:
        """Return a success. A write call without a result says so in one of four ways."""
        document = self._head(path, SUCCESS, "", "", log_id)
        if data is None:
            data = ({}, [], None, ABSENT)[self._form("data", path, 4)]
        if data is not ABSENT:
            document["data"] = data
        return write(document)

    def part_failed(self, path: str, data: dict[str, Any], log_id: str) -> Reply:
        """Return the answer of a batch of which some items failed."""
        return write({**self._head(path, PART_FAILED, PART_SUB_CODE, "部分失败", log_id), "data": data})

    def refused(self, path: str, refusal: Refusal, log_id: str) -> Reply:
        """Return an error."""
        said = refusal.said or MESSAGES[refusal.code]
        document = self._head(path, refusal.code, refusal.sub_code, said, log_id)
        if self._form("refusal", path, 2):
            document["data"] = {}
        return write(document)

    def _head(self, path: str, code: int, sub_code: str, said: str, log_id: str) -> dict[str, Any]:
        document: dict[str, Any] = {
            "code": code,
            "msg": MESSAGES[code],
            "sub_code": sub_code,
            "sub_msg": said,
            "log_id": log_id,
        }
        if self._form("old", path, 2):
            document |= {"err_no": 0 if code == SUCCESS else code, "message": MESSAGES[code]}
        return document

    def _form(self, what: str, path: str, forms: int) -> int:
        form = self._forms.get((what, path))
        if form is None:
            digest = sm3(f"{self._seed}:{what}:{path}".encode())
            form = self._forms[what, path] = int(digest[:8], 16) % forms
        return form
