"""Results of many tasks do not depend on who computes them, and none is lost or done twice."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import ssl
import threading
import time

import pytest

from data.common.disk import refused
from data.common.errors import InputError
from tests.workflows.fan_out_tasks import begin, die, divide, draw, save
from workflows.store.collect import SELDOM
from workflows.store.fan_out import _client, fan_out, kept, local_cluster

#: Dask closes its sockets in threads of its own.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


def _tasks(count: int, **more) -> dict:
    return {f"t{k}": {"seed": k, **more} for k in range(count)}


def _values(results) -> dict:
    return {r["task"]: r["value"] for r in results}


def test_results_are_the_same_for_any_number_of_workers(tmp_path):
    alone = _values(fan_out(draw, _tasks(12), tmp_path / "one.jsonl"))
    together = list(fan_out(draw, _tasks(12, pause=0.05), tmp_path / "two.jsonl", workers=2))
    assert _values(together) == alone
    assert len({r["worker"] for r in together}) == 2


def test_a_failure_is_a_result_and_stops_nobody(tmp_path):
    tasks = {"good": {"by": 2}, "bad": {"by": 0}, "better": {"by": 4}}
    found = {r["task"]: r for r in fan_out(divide, tasks, tmp_path / "r.jsonl")}
    assert found["bad"]["error"].startswith("ZeroDivisionError")
    assert found["better"]["value"] == 0.25


def test_what_is_on_disk_is_not_done_again(tmp_path):
    path = tmp_path / "r.jsonl"
    first = iter(fan_out(draw, _tasks(5), path))
    two = [next(first), next(first)]
    first.close()
    path.write_text(path.read_text() + '{"task": "t2", "val')  # interrupted while writing
    calls = []

    def counted(task):
        calls.append(task["seed"])
        return draw(task)

    everything = list(fan_out(counted, _tasks(5), path))
    assert calls == [2, 3, 4]
    assert everything[:2] == two
    assert len(kept(path)) == 5
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_results_of_other_tasks_are_kept_but_not_returned(tmp_path):
    path = tmp_path / "r.jsonl"
    list(fan_out(draw, _tasks(3), path))
    assert [r["task"] for r in fan_out(draw, {"t1": {"seed": 1}}, path)] == ["t1"]
    assert set(kept(path)) == {"t0", "t1", "t2"}


def test_a_worker_killed_midway_loses_no_task(tmp_path):
    path, victims = tmp_path / "r.jsonl", []

    def kill_soon() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            seen = [r["worker"] for r in kept(path).values()]
            if seen:
                victims.append(seen[0])
                os.kill(seen[0], signal.SIGKILL)
                return
            time.sleep(0.02)

    killer = threading.Thread(target=kill_soon)
    killer.start()
    found = list(fan_out(draw, _tasks(16, pause=0.8), path, workers=2))
    killer.join()
    assert victims
    assert _values(found) == _values(fan_out(draw, _tasks(16), tmp_path / "alone.jsonl"))
    assert len({r["worker"] for r in found}) == 3


def test_a_task_that_kills_its_worker_is_tried_again(tmp_path):
    task = {"seed": 7, "marker": str(tmp_path / "died")}
    (found,) = fan_out(die, {"t": task}, tmp_path / "r.jsonl", workers=2)
    assert found["value"] == 7


def test_a_worker_writes_netcdf_as_the_command_does(tmp_path):
    tasks = {name: {"path": str(tmp_path / f"{name}.nc")} for name in "ab"}
    found = list(fan_out(save, tasks, tmp_path / "r.jsonl", workers=2))
    assert [r.get("error") for r in found] == [None, None]
    assert sorted(p.name for p in tmp_path.glob("*.nc")) == ["a.nc", "b.nc"]


@pytest.mark.parametrize(("cores", "begun"), [(2, 0), (4, 1)])
def test_workers_on_all_cores_have_nothing_compiled_beside_them(tmp_path, monkeypatch, cores, begun):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    found = list(fan_out(begin, _tasks(2, task="a function"), tmp_path / "r.jsonl", workers=2))
    assert [r["value"] for r in found] == [begun, begun]
    assert [tuple(r["collects"]) for r in found] == [SELDOM, SELDOM]


def test_a_scheduler_that_does_not_answer_is_the_users_error(tmp_path):
    with pytest.raises(InputError, match="no scheduler answers"):
        list(fan_out(draw, _tasks(1), tmp_path / "r.jsonl", scheduler="nonsense://127.0.0.1:1"))


def _greeting(address: str, context: ssl.SSLContext) -> bytes:
    """What a server says to who connects, which it does first; nothing where it refuses."""
    host, port = address.removeprefix("tls://").split(":")
    try:
        with (
            socket.create_connection((host, int(port)), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=host) as stream,
        ):
            return stream.recv(8)
    except ssl.SSLError:
        return b""


def test_who_has_no_credentials_of_this_process_is_refused_by_scheduler_and_workers():
    from distributed import Client, rpc
    from distributed.security import Security
    from distributed.utils import sync

    with local_cluster(1) as cluster, Client(cluster) as owner:
        assert owner.submit(sum, [1, 2]).result(timeout=60) == 3
        scheduler = cluster.scheduler_address
        (worker,) = owner.scheduler_info()["workers"]
        assert scheduler.startswith("tls://127.0.0.1")
        assert worker.startswith("tls://127.0.0.1")
        strangers = {
            "plain": (scheduler.replace("tls://", "tcp://"), Security()),
            "with one of its own": (scheduler, Security.temporary()),
        }
        for who, (address, security) in strangers.items():
            with pytest.raises((OSError, RuntimeError, ValueError)):
                Client(address, security=security, timeout="2s").close()
            assert owner.submit(sum, [1, len(who)], pure=False).result(timeout=60) == 1 + len(who)

        assert _greeting(scheduler, owner.security.get_connection_args("client")["ssl_context"])
        bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        bare.check_hostname, bare.verify_mode = False, ssl.CERT_NONE
        for address in (scheduler, worker):
            assert not _greeting(address, bare)

        async def ask(security: Security) -> str:
            args = security.get_connection_args("client")
            async with rpc(worker, timeout="2s", connection_args=args) as remote:
                return (await remote.identity())["type"]

        assert sync(owner.loop, ask, owner.security) == "Worker"
        with pytest.raises(OSError):  # noqa: PT011
            sync(owner.loop, ask, Security.temporary())


def test_nothing_is_shown_of_a_local_cluster_to_others():
    import urllib.error
    import urllib.request

    with _client(1, "local") as client:
        (listener,) = client.cluster.scheduler.http_server._sockets.values()
        address = listener.getsockname()
        assert address[0] == "127.0.0.1"
        for page in ("", "status", "info/main/workers.html", "json/counts.json", "metrics", "api/v1"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"http://127.0.0.1:{address[1]}/{page}", timeout=5)


def test_a_disk_that_is_full_ends_a_series_and_is_no_result(tmp_path):
    path = tmp_path / "r.jsonl"

    def refuses(task):
        if task["seed"] == 1:
            raise OSError(errno.ENOSPC, "No space left on device", "here")
        return draw(task)

    with pytest.raises(OSError, match="No space left") as caught:
        list(fan_out(refuses, _tasks(3), path))
    assert "here" in (refused(caught.value) or "")
    assert set(kept(path)) == {"t0"}
    assert len(list(fan_out(draw, _tasks(3), path))) == 3


@pytest.mark.parametrize("damage", ["empty", "truncated", "edited", "binary", "deep", "lists"])
def test_a_damaged_file_of_results_costs_what_was_damaged_alone(tmp_path, damage):
    path = tmp_path / "r.jsonl"
    whole = _values(fan_out(draw, _tasks(3), path))
    lines = path.read_bytes().splitlines(keepends=True)
    first = {
        "empty": b"",
        "truncated": lines[0][:-5] + b"\n",
        "edited": lines[0].replace(b'"value": 0', b'"value": 1'),
        "binary": b"\xff\x00\xfe\n",
        "deep": b"[" * 100_000 + b"\n",
        "lists": b'[1, 2]\n3\nnull\n{"task": []}\n',
    }[damage]
    assert first != lines[0]
    path.write_bytes(first + b"".join(lines[1:]))
    calls = []

    def counted(task):
        calls.append(task["seed"])
        return draw(task)

    assert _values(fan_out(counted, _tasks(3), path)) == whole
    assert calls == [0]


def test_a_folder_in_place_of_results_is_named(tmp_path):
    (tmp_path / "r.jsonl").mkdir()
    with pytest.raises(InputError, match=r"r.jsonl: found Is a directory; expected a file of results"):
        list(fan_out(draw, _tasks(1), tmp_path / "r.jsonl"))
