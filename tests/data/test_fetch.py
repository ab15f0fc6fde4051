"""Downloads against a server on the loopback that serves real bytes, cuts connections, errs, and lies."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from data.common.errors import InputError
from data.sources import fetch as fetching
from data.sources import registry as sources

BODY = b"ccode,year\n" + b"".join(b"%d,2010\n" % code for code in range(2, 990)) * 40
SHA = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Remembers what it was asked, and misbehaves as told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: dict[str, bytes] = {"/good.csv": BODY}
        self.cut_once: set[str] = set()
        self.status: dict[str, list[int]] = {}
        self.asked: list[tuple[str, str]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        server: Server = self.server
        path = (
            "/" + self.path.split("//", 1)[-1].split("/", 1)[1] if self.path.startswith("http") else self.path
        )
        server.asked.append((self.path, self.headers.get("Range", "")))
        self.close_connection = True
        codes = server.status.get(path, [])
        if codes:
            self.send_error(codes.pop(0))
            return
        if path not in server.bodies:
            self.send_error(404)
            return
        body = server.bodies[path]
        tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
        start = 0
        asked = self.headers.get("Range", "")
        if asked.startswith("bytes=") and self.headers.get("If-Range") == tag:
            start = int(asked[6:].split("-")[0])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if path in server.cut_once:
            server.cut_once.discard(path)
            self.wfile.write(body[start : start + len(body) // 2])
            self.wfile.flush()
            self.connection.close()
            return
        self.wfile.write(body[start:])


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch):
    """Replace the registry by one source with the given files."""

    def put(*files: sources.File) -> None:
        body = {
            "title": "t",
            "version": "1",
            "address": "https://example.org",
            "licence": "l",
            "citation": "c",
        }
        entry = sources.Source(**body, unit_of_observation="u", allows="a", files=files)
        monkeypatch.setattr(fetching, "source", lambda _: entry)

    return put


def run(folder: Path, tries: int = 3) -> fetching.Fetched:
    return fetching.fetch("s", folder, tries=tries, wait=0.0)[0]


def resumed_at(asked: str) -> int:
    return int(asked.removeprefix("bytes=").removesuffix("-"))


def nothing_half(folder: Path) -> bool:
    return not [p for p in folder.rglob("*") if p.is_file() and ".parts" not in p.parts]


def test_a_file_is_fetched_and_verified_once(server, registered, tmp_path):
    registered(sources.File(path="a/good.csv", sha256=SHA, address=f"{server.base}/good.csv"))
    assert run(tmp_path).status == "fetched"
    assert (tmp_path / "a/good.csv").read_bytes() == BODY
    assert run(tmp_path).status == "present"
    assert len(server.asked) == 1


def test_who_is_offline_finds_no_empty_folders(registered, tmp_path):
    registered(sources.File(path="a/b/good.csv", sha256=SHA, address="http://127.0.0.1:9/good.csv"))
    folder = tmp_path / "new"
    assert run(folder, tries=1).status == "failed"
    assert not folder.exists()
    (tmp_path / "old" / "a").mkdir(parents=True)
    assert run(tmp_path / "old", tries=1).status == "failed"
    assert [p.name for p in (tmp_path / "old").iterdir()] == ["a"]


def test_a_cut_connection_goes_on_where_it_stopped(server, registered, tmp_path):
    server.cut_once.add("/good.csv")
    registered(sources.File(path="a/good.csv", sha256=SHA, address=f"{server.base}/good.csv"))
    assert run(tmp_path).status == "fetched"
    assert (tmp_path / "a/good.csv").read_bytes() == BODY
    first, second = [asked for _, asked in server.asked]
    assert (first, resumed_at(second) > 0) == ("", True)


def test_a_later_run_goes_on_where_an_earlier_one_was_cut(server, registered, tmp_path):
    server.cut_once.add("/good.csv")
    registered(sources.File(path="a/good.csv", sha256=SHA, address=f"{server.base}/good.csv"))
    first = run(tmp_path, tries=1)
    assert first.status == "failed"
    assert nothing_half(tmp_path)
    assert run(tmp_path).status == "fetched"
    assert resumed_at(server.asked[-1][1]) > 0


def test_a_file_that_changed_between_two_attempts_is_not_stitched(server, registered, tmp_path):
    server.cut_once.add("/good.csv")
    registered(sources.File(path="a/good.csv", address=f"{server.base}/good.csv"))
    assert run(tmp_path, tries=1).status == "failed"
    server.bodies["/good.csv"] = BODY[::-1]
    assert run(tmp_path).status == "fetched"
    assert (tmp_path / "a/good.csv").read_bytes() == BODY[::-1]


def test_a_server_error_is_tried_again_and_a_missing_page_is_not(server, registered, tmp_path):
    server.status["/good.csv"] = [500, 503]
    registered(sources.File(path="a/good.csv", sha256=SHA, address=f"{server.base}/good.csv"))
    assert run(tmp_path).status == "fetched"
    registered(sources.File(path="a/gone.csv", sha256=SHA, address=f"{server.base}/gone.csv"))
    before = len(server.asked)
    outcome = run(tmp_path)
    assert outcome.status == "failed"
    assert "404" in outcome.message
    assert len(server.asked) == before + 1


def test_a_wrong_file_is_refused_and_leaves_nothing(server, registered, tmp_path):
    server.bodies["/good.csv"] = b"<html>moved</html>"
    registered(sources.File(path="a/good.csv", sha256=SHA, address=f"{server.base}/good.csv"))
    outcome = run(tmp_path)
    assert outcome.status == "failed"
    assert "checksum" in outcome.message
    assert nothing_half(tmp_path)
    server.bodies["/good.csv"] = BODY
    assert run(tmp_path).status == "fetched"


def test_an_altered_file_in_the_folder_is_replaced(server, registered, tmp_path):
    registered(sources.File(path="a/good.csv", sha256=SHA, address=f"{server.base}/good.csv"))
    (tmp_path / "a").mkdir()
    (tmp_path / "a/good.csv").write_bytes(b"something else")
    assert run(tmp_path).status == "fetched"
    assert (tmp_path / "a/good.csv").read_bytes() == BODY


def test_offline_says_in_one_line_where_to_put_the_file(registered, tmp_path):
    address = "http://127.0.0.1:9/good.csv"  # the discard port: nothing listens
    registered(sources.File(path="a/good.csv", sha256=SHA, address=address))
    started = time.monotonic()
    message = fetching.fetch("s", tmp_path, wait=60.0)[0].message
    assert time.monotonic() - started < 30, "no use in waiting for a network that is not there"
    assert "\n" not in message
    assert str(tmp_path / "a/good.csv") in message
    assert address in message
    assert nothing_half(tmp_path)


def test_a_proxy_is_honoured(server, registered, tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, server.base)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    registered(sources.File(path="a/good.csv", sha256=SHA, address="http://data.example/good.csv"))
    assert run(tmp_path).status == "fetched"
    assert server.asked[0][0] == "http://data.example/good.csv"


def packed(**members: bytes) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        for name, blob in members.items():
            archive.writestr(name, blob)
    return box.getvalue()


def test_an_archive_is_fetched_once_for_all_its_members(server, registered, tmp_path):
    server.bodies["/all.zip"] = packed(**{"in/one.csv": BODY, "in/two.csv": b"x"})
    both = [
        sources.File(path=f"a/{name}", sha256=sha, address=f"{server.base}/all.zip", member=name)
        for name, sha in (("one.csv", SHA), ("two.csv", ""))
    ]
    registered(*both)
    assert [o.status for o in fetching.fetch("s", tmp_path, wait=0.0)] == ["fetched", "fetched"]
    assert len(server.asked) == 1
    assert (tmp_path / "a/one.csv").read_bytes() == BODY


def test_a_member_that_points_outside_cannot_escape(server, registered, tmp_path):
    folder = tmp_path / "deep" / "data"
    server.bodies["/evil.zip"] = packed(**{"../../evil.csv": b"evil", "/tmp/evil.txt": b"evil"})
    registered(sources.File(path="a/evil.csv", address=f"{server.base}/evil.zip", member="evil.csv"))
    fetching.fetch("s", folder, wait=0.0)
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and folder not in p.parents]
    assert outside == []


@pytest.mark.parametrize(
    "blob", [b"", b"PK\x03\x04 cut", packed(other=b"x"), packed(**{"good.csv": b"another"})]
)
def test_a_damaged_or_wrong_archive_leaves_nothing(server, registered, tmp_path, blob):
    server.bodies["/a.zip"] = blob
    registered(sources.File(path="a/good.csv", sha256=SHA, address=f"{server.base}/a.zip", member="good.csv"))
    assert run(tmp_path).status == "failed"
    assert nothing_half(tmp_path)


def test_a_file_without_an_address_says_how_to_get_it(registered, tmp_path):
    registered(sources.File(path="a/x.csv"), sources.File(path="a/y.csv", derived="rows of z.rda"))
    first, second = fetching.fetch("s", tmp_path)
    assert (first.status, second.status) == ("by hand", "by hand")
    assert str(tmp_path / "a/x.csv") in first.message
    assert "z.rda" in second.message


def test_an_unknown_source_is_named_with_its_neighbours():
    with pytest.raises(InputError, match="un_ideal_points"):
        fetching.fetch("un_idealpoints", Path("nowhere"))
