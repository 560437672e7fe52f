"""The HTTP client tells answered, never sent and sent without an answer apart."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import tracemalloc

import pytest

from offshelf.kit.http import MAX_BODY_BYTES, Answer, HttpClient, NoAnswerError, NotSentError

URL = "http://shop.test/api"


class App:
    """An ASGI application with one answer; keeps what it was asked."""

    def __init__(self, body=b"{}", status=200, headers=(), *, breaks=False):
        self.body, self.status, self.breaks = body, status, breaks
        self.headers = [(b"content-type", b"application/json"), *headers]
        self.asked = []

    async def __call__(self, scope, receive, send):
        message = await receive()
        self.asked.append((scope["method"], scope["query_string"], dict(scope["headers"]), message["body"]))
        if self.breaks:
            raise RuntimeError
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def ask(app, call="get", url=URL, *args, **more):
    async def main():
        async with HttpClient(app=app, timeout=5.0) as client:
            return await getattr(client, call)(url, *args, **more)

    return asyncio.run(main())


def test_an_answer_comes_whole_and_unjudged():
    assert ask(App(b'{"errcode":0}')) == Answer(200, "application/json", b'{"errcode":0}')
    assert ask(App(b"<html>", status=502)).status == 502


def test_json_is_posted_as_utf8():
    app = App()
    ask(app, "post_json", URL, {"title": "明前龙井"}, {"access_token": "t"})
    ((method, query, headers, body),) = app.asked
    assert (method, query) == ("POST", b"access_token=t")
    assert headers[b"content-type"] == b"application/json; charset=utf-8"
    assert body == '{"title":"明前龙井"}'.encode()


def test_get_says_what_it_accepts():
    app = App()
    ask(app, "get", URL, {"q": "1"}, "text/html")
    assert (app.asked[0][1], app.asked[0][2][b"accept"]) == (b"q=1", b"text/html")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"1", b"null", b'{"a":', b"\xff{}", b"[" * 100_000])
def test_what_is_no_json_object_is_none(body):
    assert Answer(200, "application/json", body).json_object() is None


def test_a_json_object_is_read():
    assert Answer(200, "", '{"标题":1}'.encode()).json_object() == {"标题": 1}


def test_a_redirect_is_an_answer_not_followed():
    app = App(status=302, headers=[(b"location", b"http://elsewhere.test/")])
    assert (ask(app).status, len(app.asked)) == (302, 1)


@pytest.mark.parametrize(
    "app",
    [
        App(b"{}", headers=[(b"content-length", b"99")]),
        App(b"x" * (MAX_BODY_BYTES + 1)),
        App(b"no gzip", headers=[(b"content-encoding", b"gzip")]),
    ],
    ids=["cut short", "too large", "not decodable"],
)
def test_an_answer_that_is_not_whole_is_no_answer(app):
    with pytest.raises(NoAnswerError):
        ask(app)


def test_a_broken_server_is_an_answer():
    assert ask(App(breaks=True)).status == 500


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_closed_door_means_never_sent():
    with pytest.raises(NotSentError):
        ask(None, "get", f"http://127.0.0.1:{closed_port()}/")


@pytest.mark.parametrize("url", ["ftp://shop.test/", "nowhere", "http://[bad/", "http://shop.test:999999/"])
def test_an_address_that_is_none_means_never_sent(url):
    with pytest.raises(NotSentError):
        ask(None, "get", url)


@pytest.mark.parametrize(
    "reply", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", b"nonsense\r\n\r\n"]
)
def test_a_connection_that_breaks_after_the_request_is_no_answer(reply):
    async def main():
        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server, HttpClient(timeout=5.0) as client:
            host, port = server.sockets[0].getsockname()
            with pytest.raises(NoAnswerError):
                await client.post_json(f"http://{host}:{port}/", {"n": 1})

    asyncio.run(main())


def test_secrets_do_not_show_in_what_is_raised():
    with pytest.raises(NotSentError) as caught:
        ask(None, "get", "nowhere?access_token=s3cret")
    assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert json.dumps(str(caught.value))


def test_the_log_holds_no_address_with_its_token(caplog):
    with caplog.at_level("DEBUG"):
        ask(App(), "get", URL, {"access_token": "s3cret"})
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_what_unfolds_beyond_measure_is_stopped_on_the_way(encoding):
    bomb = gzip.compress(bytes(16 * MAX_BODY_BYTES), 6)
    if encoding.count("gzip") == 2:
        bomb = gzip.compress(bomb, 6)
    app = App(bomb, headers=[(b"content-encoding", encoding.encode())])
    tracemalloc.start()
    try:
        with pytest.raises(NoAnswerError, match="too large"):
            ask(app)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MAX_BODY_BYTES


def test_what_is_packed_and_small_enough_comes_unpacked():
    app = App(gzip.compress(b'{"a":1}'), headers=[(b"content-encoding", b"gzip")])
    assert ask(app).json_object() == {"a": 1}
