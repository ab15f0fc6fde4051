"""Results of many tasks do not depend on who computes them, and none is lost or done twice."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import pytest

from data.errors import InputError
from tests.workflows.fan_out_tasks import die, divide, draw
from workflows.fan_out import fan_out, kept

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
    found = list(fan_out(draw, _tasks(16, pause=0.3), path, workers=2))
    killer.join()
    assert victims
    assert _values(found) == _values(fan_out(draw, _tasks(16), tmp_path / "alone.jsonl"))
    assert len({r["worker"] for r in found}) == 3


def test_a_task_that_kills_its_worker_is_tried_again(tmp_path):
    task = {"seed": 7, "marker": str(tmp_path / "died")}
    (found,) = fan_out(die, {"t": task}, tmp_path / "r.jsonl", workers=2)
    assert found["value"] == 7


def test_a_scheduler_that_does_not_answer_is_the_users_error(tmp_path):
    with pytest.raises(InputError, match="no scheduler answers"):
        list(fan_out(draw, _tasks(1), tmp_path / "r.jsonl", scheduler="nonsense://127.0.0.1:1"))
