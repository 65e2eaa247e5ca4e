"""Jobs on PostgreSQL: the two engines behind the port, by turns. Each job has a payload of a kilobyte; see ``child_jobs``."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from child_jobs import BATCH, LEASE

from bench_server import cpu_seconds, postgresql

COUNT = int(os.environ.get("COMPOSIO_BENCH_JOBS", "6000"))
SINGLE, KILLS, LIMIT = 300, 3, 120.0
CHILD = Path(__file__).with_name("child_jobs.py")
Row = tuple[str, str, str]


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, postgresql(Path(folder, "pg")) as server:
        engines = [_Engine(name, server, Path(folder)) for name in ("stored", "pgqueuer")]
        return [(f"{what}, {engine.name}", figure(engine), budget) for what, figure, budget in FIGURES for engine in engines]


@dataclass
class _Engine:
    """An engine's process, run on databases of ``server``; its logs go to ``folder``."""

    name: str
    server: str
    folder: Path
    made: int = 0

    def add_database(self) -> str:
        self.made += 1
        name = f"{self.name}_{self.made}"
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return sa.make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def add(self, url: str, sizes: list[int], pause: float = 0.0, log: Path = Path(os.devnull)) -> float:
        """How many seconds adding took."""
        command = self._command("add", url, ",".join(map(str, sizes)), pause, log)
        return float(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)

    @contextmanager
    def working(self, url: str, seconds: float, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        worker = subprocess.Popen(self._command("work", url, "0", seconds, log))
        try:
            yield worker
        finally:
            worker.kill()
            worker.wait()

    def _command(self, what: str, url: str, sizes: str, seconds: float, log: Path) -> list[str]:
        return [sys.executable, str(CHILD), self.name, what, url, sizes, str(seconds), str(log)]

    def log(self) -> Path:
        self.made += 1
        made = self.folder / f"{self.name}-{self.made}.log"
        made.touch()
        return made


def _lines(log: Path) -> list[tuple[str, float]]:
    found = (line.split() for line in log.read_text().splitlines(keepends=True) if line.endswith("\n"))
    return [(one, float(at)) for one, at in found]


def _wait(worker: subprocess.Popen[bytes], log: Path, count: int) -> list[tuple[str, float]]:
    """Until so many different jobs were done."""
    until = time.monotonic() + LIMIT
    while time.monotonic() < until and worker.poll() is None:
        lines = _lines(log)
        if len({one for one, _ in lines}) >= count:
            return lines
        time.sleep(0.05)
    raise TimeoutError(f"{len(_lines(log))} of {count} jobs were done")


def _added(engine: _Engine) -> str:
    url = engine.add_database()
    engine.add(url, [1])
    single = SINGLE / engine.add(url, [1] * SINGLE)
    return f"{single:.0f}/s one by one, {COUNT / engine.add(url, [500] * (COUNT // 500)):.0f}/s in batches of 500"


def _done(engine: _Engine, seconds: float) -> str:
    url, log = engine.add_database(), engine.log()
    engine.add(url, [500] * (COUNT // 500))
    with engine.working(url, seconds, log) as worker:
        times = [at for _, at in _wait(worker, log, COUNT)]
        cpu = cpu_seconds(worker.pid)
    return f"{len(times) / (max(times) - min(times)):.0f}/s, {cpu / len(times) * 1e3:.2f} ms of the worker's CPU each"


def _latency(engine: _Engine) -> str:
    """From just before a job is added to when a waiting worker has done it."""
    url, added, done = engine.add_database(), engine.log(), engine.log()
    engine.add(url, [1])
    with engine.working(url, 0.0, done) as worker:
        _wait(worker, done, 1)
        before = len(_lines(done))
        engine.add(url, [1] * SINGLE, 0.02, added)
        ended = dict(_wait(worker, done, SINGLE)[before:])
    times = [ended[one] - at for one, at in _lines(added) if one in ended]
    return f"{statistics.median(times) * 1e3:.1f} / {statistics.quantiles(times, n=100)[98] * 1e3:.0f} ms"


def _killed(engine: _Engine) -> str:
    """A worker dies by kill -9 in the middle, and another begins at once."""
    lost, twice, seconds = 0, [], []
    for number in range(KILLS):
        url, log = engine.add_database(), engine.log()
        engine.add(url, [500] * (COUNT // 500))
        with engine.working(url, 0.05, log) as worker:
            _wait(worker, log, COUNT * (number + 1) // (KILLS + 2))
        killed = time.time()
        assert len({one for one, _ in _lines(log)}) < COUNT, "all was done before the kill: set COMPOSIO_BENCH_JOBS higher"
        with engine.working(url, 0.05, log) as worker:
            lines = _wait(worker, log, COUNT)
        counted = Counter(one for one, _ in lines)
        lost += COUNT - len(counted)
        twice.append(sum(times - 1 for times in counted.values()))
        seconds.append(max(at for _, at in lines) - killed)
    return f"{lost} lost, {min(twice)} to {max(twice)} done twice, all back after {min(seconds):.1f} to {max(seconds):.1f} s"


FIGURES: list[tuple[str, Callable[[_Engine], str], str]] = [
    ("jobs added", _added, ""),
    ("jobs of 50 ms done", lambda engine: _done(engine, 0.05), ""),
    ("jobs of 0 ms done", lambda engine: _done(engine, 0.0), ""),
    ("from added to done, 50 a second, p50 / p99", _latency, ""),
    (f"kill -9 of a worker {KILLS} times, leases of {LEASE:.0f} s, batches of {BATCH}", _killed, "0 lost"),
]
