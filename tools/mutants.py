"""Break a part on purpose, one small change at a time: does a test notice? `python -m tools.mutants compose`.

The tests of the part are collected once. Every mutant is a fork of that warm process in which one function has other
code, and which runs the tests that reach the changed line, the quickest and most special first, until one fails. What
no test noticed is a survivor; tools/survivors.txt holds those that are no gap, each with its reason.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import types
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.mutate import Mutant, mutants

ROOT = Path(__file__).parent.parent
ACCEPTED = ROOT / "tools" / "survivors.txt"
FOUND = ROOT / "build" / "mutants.json"
# What is changed, and the tests that should notice: PostgreSQL's answer is the same, and slower.
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "group": (("digest/group/*.py",), ("tests/group",)),
    "compose": (("digest/compose/*.py",), ("tests/compose",)),
    "ledger": (
        (
            "digest/store/deliveries.py", "digest/store/slots.py", "digest/store/editions.py", "digest/store/audience.py",
            "digest/deliver/outcome.py", "digest/deliver/recover.py", "digest/deliver/journal.py", "digest/deliver/sending.py",
            "digest/deliver/flow.py", "digest/deliver/lane.py", "digest/slots.py", "digest/rhythm.py",
        ),
        (
            "tests/slots", "tests/store/test_ledger.py", "tests/store/test_slot_rules.py", "tests/store/test_editions.py", "tests/store/test_edition_rules.py", "tests/deliver/test_flow.py", "tests/deliver/test_sending_steps.py", "tests/deliver/test_sending_run.py", "tests/deliver/test_pace.py", "tests/deliver/test_sending.py",
            "tests/deliver/test_recover.py", "tests/deliver/test_ledger_rules.py", "tests/deliver/test_journal.py", "tests/deliver/test_outcome.py", "tests/deliver/test_faults.py", "tests/deliver/test_smtp.py",
        ),
    ),
}  # fmt: skip
SURVIVED, UNSEEN, UNTRIED, KILLED = "survived", "no test reaches it", "not tried", "killed"
Verdicts = dict[str, dict[str, str]]  # by path, then by mutant


def main() -> int:
    """Try the mutants and print those that no test notices; 1 when one is not explained."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; else all of them")
    parser.add_argument("--only", nargs="+", default=[""], help="modules whose path holds one of these")
    parser.add_argument("--left", action="store_true", help="only what survived the last time")
    parser.add_argument(
        "--longest", type=float, default=0.5, help="CPU seconds of a test; slower ones stay out"
    )
    parser.add_argument("--budget", type=float, default=4.0, help="CPU seconds of tests for one mutant")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"  # a fork has no threads but one
    os.chdir(ROOT)
    gaps = 0
    for part in options.parts or PARTS:
        if child := os.fork():  # each part collects its own tests
            gaps |= os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        else:
            run = Run(part, options)
            arguments = [*PARTS[part][1], "-q", "-s", "--tb=no", "--hypothesis-seed=0", "-m", "not postgres"]
            pytest.main(
                [*arguments, "-p", "no:xdist", "-p", "no:cacheprovider", "-p", "no:faulthandler"],
                plugins=[run],
            )
            os._exit(min(run.gaps, 1))
    return gaps


@dataclass
class Job:
    """A mutant to try."""

    file: Path
    tree: ast.Module
    mutant: Mutant
    tests: list[int]  # in the order they are tried
    scratch: str = ""

    @property
    def key(self) -> str:
        """What it is called in the file of survivors."""
        return f"{self.mutant.function}: {self.mutant.label}"


class Run:
    """The mutants of one part, as a pytest plugin that takes the place of its test loop."""

    def __init__(self, part: str, options: argparse.Namespace) -> None:
        paths = [path for pattern in PARTS[part][0] for path in sorted(ROOT.glob(pattern))]
        self.files = [path for path in paths if any(word in path.as_posix() for word in options.only)]
        self.options, self.gaps = options, 0
        self.failed = False  # whether the test that ran last did
        self.items: list[pytest.Item] = []
        self.took: list[float] = []  # CPU seconds of each
        self.reach: list[int] = []  # how many lines of the part each runs: few are about little
        self.running: dict[int, Job] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Part of ``_fails``."""
        self.failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Observe the tests once, try every mutant, tell."""
        from hypothesis import settings

        settings.register_profile("mutants", database=None, deadline=None, derandomize=True, max_examples=30)
        settings.load_profile("mutants")
        for file in self.files:
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        self.items = session.items
        seen = self._observe()
        self.live = _live_functions({str(file) for file in self.files})
        assert self.live, "none of the functions was found: every mutant would survive"
        gc.collect()
        gc.freeze()  # what every fork shares
        old = _found()
        self.verdicts: Verdicts = {}
        jobs = [
            job for file in self.files for job in self._jobs(file, seen[str(file)], old.get(_name(file), {}))
        ]
        began = time.monotonic()
        for done, job in enumerate(jobs, 1):
            self._begin(job)
            if done % 100 == 0 or done == len(jobs):
                self._save()
                print(f"{done} of {len(jobs)} in {time.monotonic() - began:.0f} s", flush=True)
        while self.running:
            self._reap()
        self._save()
        self._tell()
        return True

    def _observe(self) -> dict[str, dict[int, set[int]]]:
        """Which tests run which line of which file: in a child, so that this process stays clean."""
        reader, writer = os.pipe()
        if (child := os.fork()) == 0:
            scratch = tempfile.mkdtemp(prefix="digest-mutants-")
            _quiet(scratch)
            with os.fdopen(writer, "w") as pipe:
                json.dump(self._watched(), pipe)
            shutil.rmtree(scratch)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            self.took, told, modules, bad = json.load(pipe)
        os.waitpid(child, 0)
        for name in modules:  # what the tests import while they run, every mutant has already
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        long = sum(took >= self.options.longest for took in self.took)
        print(f"{len(self.items)} tests in {sum(self.took):.0f} s of CPU; {long} too long", flush=True)
        for test in bad:
            print(f"  fails unchanged, left out: {self.items[test].nodeid}")
        seen: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.reach = [0] * len(self.items)
        for test, lines in told:
            self.reach[test] = len(lines)
            for file, line in lines:
                seen[file][line].add(test)
        return seen

    def _watched(self) -> tuple[object, ...]:
        took, told, bad = [], [], []
        for number, item in enumerate(self.items):
            lines: set[tuple[str, int]] = set()
            began = time.process_time()
            _trace({str(file) for file in self.files}, lines)
            failed = self._fails(item, None)
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type] - that is how it is taken off
            took.append(time.process_time() - began)
            if failed:
                bad.append(number)
            elif took[-1] < self.options.longest:
                told.append((number, sorted(lines)))
        return took, told, [name for name in sys.modules if name != "__main__"], bad

    def _jobs(self, file: Path, seen: dict[int, set[int]], old: dict[str, str]) -> list[Job]:
        found: dict[str, str] = {}
        jobs = []
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for mutant in mutants(tree):
            tests = set().union(*(seen.get(line, ()) for line in mutant.lines))
            job = Job(file, tree, mutant, sorted(tests, key=lambda t: self.took[t] * self.reach[t]))
            found[job.key] = UNSEEN
            if self.options.left and old.get(job.key) == KILLED:
                found[job.key] = KILLED
            elif tests:
                found[job.key] = UNTRIED
                jobs.append(job)
        self.verdicts[_name(file)] = found
        return jobs

    def _begin(self, job: Job) -> None:
        if len(self.running) >= self.options.jobs:
            self._reap()
        job.scratch = tempfile.mkdtemp(prefix="digest-mutants-")
        if child := os.fork():
            self.running[child] = job
            return
        noticed = True  # also when the code does not compile, or breaks the test run itself
        with contextlib.suppress(BaseException):
            noticed = self._noticed(job)
        os._exit(noticed)

    def _noticed(self, job: Job) -> bool:
        """In the child: change one function, and run what reaches it. Too much time or memory counts as noticed."""
        os.setpgid(0, 0)
        _quiet(job.scratch)
        cost = 0.0
        budget = self.options.budget
        tests = [test for test in job.tests if (cost := cost + self.took[test]) < budget]
        seconds = int(8 + 4 * min(cost, budget))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
        signal.alarm(30 + 4 * seconds)
        job.mutant.apply()
        code = compile(ast.fix_missing_locations(job.tree), str(job.file), "exec", dont_inherit=True)
        place = job.mutant.function, job.mutant.line
        for function in self.live[str(job.file), *place]:
            function.__code__ = _codes(code)[place]
        items = [self.items[test] for test in tests]
        return any(self._fails(*pair) for pair in zip(items, [*items[1:], None], strict=True))

    def _fails(self, item: pytest.Item, following: pytest.Item | None) -> bool:
        self.failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return self.failed

    def _reap(self) -> None:
        child, status = os.wait()
        job = self.running.pop(child)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # servers that its tests left behind
        shutil.rmtree(job.scratch, ignore_errors=True)
        self.verdicts[_name(job.file)][job.key] = SURVIVED if status == 0 else KILLED

    def _save(self) -> None:
        FOUND.parent.mkdir(exist_ok=True)
        FOUND.write_text(json.dumps(_found() | self.verdicts, indent=1, ensure_ascii=False), encoding="utf-8")

    def _tell(self) -> None:
        accepted = _accepted()
        for path, found in self.verdicts.items():
            left = {key: verdict for key, verdict in found.items() if verdict != KILLED}
            gaps = {key: verdict for key, verdict in left.items() if key not in accepted[path]}
            self.gaps += len(gaps)
            print(
                f"{path}: {len(found)} mutants, {len(found) - len(left)} killed, {len(left) - len(gaps)} accepted, {len(gaps)} left"
            )
            for key, verdict in gaps.items():
                print(f"  {path} | {key} | {verdict}")
            for key in accepted[path] - left.keys():
                print(f"  not a survivor any more, take it out of {ACCEPTED.name}: {path} | {key}")


def _found() -> Verdicts:
    """What the last runs said."""
    found: Verdicts = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.exists() else {}
    return found


def _accepted() -> dict[str, set[str]]:
    """The survivors that are no gap, by path."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in ACCEPTED.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            path, rest = line.split(" | ", 1)
            found[path].add(rest.rpartition(" | ")[0])  # a key may hold a bar, a reason does not
    return found


def _trace(files: set[str], lines: set[tuple[str, int]]) -> None:
    def local(frame: types.FrameType, event: str, _argument: object) -> object:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def trace(frame: types.FrameType, _event: str, _argument: object) -> object:
        return local if frame.f_code.co_filename in files else None

    sys.settrace(trace)
    threading.settrace(trace)


def _live_functions(files: set[str]) -> dict[tuple[str, str, int], list[types.FunctionType]]:
    """Wherever they are: in a class, in a property, behind a cache."""
    found = defaultdict(list)
    gc.unfreeze()  # the tests may have frozen them, and what is frozen is not listed
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__code__.co_filename in files:
            code = thing.__code__
            found[code.co_filename, code.co_qualname, code.co_firstlineno].append(thing)
    return found


def _codes(code: types.CodeType) -> dict[tuple[str, int], types.CodeType]:
    found = {}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= {(constant.co_qualname, constant.co_firstlineno): constant} | _codes(constant)
    return found


def _quiet(scratch: str) -> None:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = scratch
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    sys.exit(main())
