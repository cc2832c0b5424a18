"""A process of a machine, as the one who plays hears it: what it is ordered to do, and what it has said of that."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SILENT_SECONDS = 180.0
"""A process that says nothing for so long is taken for lost."""


class Process:
    """A worker on a machine, and what it has said.

    Attributes:
        answered: by request id, when it was answered (seconds since the epoch).
        seconds: how long each call took.
        failed: the errors of those that failed.
        asked: what its last calls are named by.
    """

    asked = ""

    def __init__(self, machine, environment) -> None:
        self.machine = machine
        self.answered, self.seconds, self.failed, self.said = {}, [], [], []
        self._heard = threading.Condition()
        self._done = self._words = self._begun = 0
        line = [
            *machine.entered(),
            "env",
            f"--chdir={ROOT}",
            sys.executable,
            "-m",
            "tests.machines.worker",
            json.dumps(environment),
        ]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(line, text=True, **pipes)
        threading.Thread(target=self._listen, daemon=True).start()
        self.pid = None

    def wait_until_open(self):
        """Until its router is there."""
        self.pid = self.next_word("pid")

    def _listen(self):
        for line in self._process.stdout:
            self._take_in(json.loads(line))
        self._take_in({"gone": True})

    def _take_in(self, words):
        with self._heard:
            self._words += 1
            if "seconds" in words:
                self.seconds.append(words["seconds"])
            if "answered" in words:
                self.answered[words["answered"]] = words["at"]
            elif "failed" in words:
                self.failed.append(words["error"])
            elif "done" in words:
                self._done += 1
            else:
                self.said.append(words)
            self._heard.notify_all()

    @property
    def _is_gone(self):
        return any("gone" in words for words in self.said)

    def _wait(self, condition):
        """However busy the machine is: a process is given up only where it says nothing at all."""
        with self._heard:
            while not condition():
                words = self._words
                is_heard = self._heard.wait_for(lambda words=words: self._words > words, SILENT_SECONDS)
                assert is_heard, "a process of a machine did not say anything"

    def next_word(self, name):
        """What it says next under a name; `StopIteration` where it is gone."""
        self._wait(lambda: self._is_gone or any(name in words for words in self.said))
        index = next(index for index, words in enumerate(self.said) if name in words)
        return self.said.pop(index)[name]

    def order(self, task, **options):
        """Tell it to do something; `wait` waits for the end of it."""
        self._done, self._begun = 0, len(self.seconds)
        self._process.stdin.write(json.dumps({"do": task} | options) + "\n")
        self._process.stdin.flush()

    def wait(self):
        """Until the last order is carried out, or the process is gone."""
        self._wait(lambda: self._done or self._is_gone)

    def wait_for_calls(self, count):
        """Until so many calls of the last order have ended."""
        self._wait(lambda: self._is_gone or len(self.seconds) >= self._begun + count)

    def kill(self):
        """`kill -9`; gives when (seconds since the epoch)."""
        at = time.time()
        self.machine.kill(self.pid)
        self._process.wait()
        return at

    def leave(self):
        """Have it end in order."""
        self._process.stdin.close()
        self._process.wait(60)
