"""The processes of a run: started, listened to, killed, and every one of them ended at the end.

Each is ended by its own id. Their standard errors go to files, whose last lines are part of the
error when one of them fails.
"""
import contextlib
import json
import os
import queue
import random
import resource
import signal
import socket
import subprocess
import threading
import time


class Failed(Exception):
    """What did not hold, for a person to read."""


def raise_file_limit():
    """Many stores are open at once, each with its files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Ports:
    """Free ports below those that the system gives to outgoing connections, so that a hub which is
    killed finds its own again."""

    def __init__(self, seed=None):
        self._random = random.Random(seed if seed is not None else os.getpid())
        self._given = set()

    def take(self):
        for _ in range(1000):
            port = self._random.randrange(15000, 32000)
            if port in self._given:
                continue
            with contextlib.closing(socket.socket()) as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            self._given.add(port)
            return port
        raise Failed("no free port between 15000 and 32000 on 127.0.0.1")


def listens(port):
    with contextlib.closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(what, holds, seconds, every=0.1):
    """Polls `holds` until it gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = holds()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise Failed(f"after {seconds} s still not so: {what}")
        time.sleep(every)


class Process:
    def __init__(self, name, arguments, log_path, talks=False):
        self.name = name
        self.log_path = log_path
        self._answers = queue.Queue()
        with open(log_path, "ab") as log:
            self.popen = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else log,
                stderr=log,
                # Ctrl-C goes to whoever started them, who ends them in order.
                start_new_session=True,
            )
        if talks:
            threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with self.popen.stdout as lines:
            for line in lines:
                self._answers.put(json.loads(line))
        self._answers.put(None)

    def answer(self, event, seconds):
        """The next line that it says, which must be of that event."""
        try:
            said = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise Failed(f"{self.name} has not said '{event}' within {seconds} s") from None
        if said is None:
            raise Failed(f"{self.name} ended instead of saying '{event}'{self.last_words()}")
        if said.get("event") != event:
            raise Failed(f"{self.name} said {said} instead of '{event}'")
        return said

    def ask(self, line, event, seconds):
        try:
            self.popen.stdin.write(line.encode() + b"\n")
            self.popen.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"{self.name} has ended{self.last_words()}") from None
        return self.answer(event, seconds)

    def running(self):
        return self.popen.poll() is None

    def last_words(self, lines=6):
        with open(self.log_path, "rb") as log:
            tail = log.read()[-4000:].decode(errors="replace").splitlines()[-lines:]
        return "".join(f"\n    {line}" for line in tail)

    def kill(self):
        """As a power cut does it: nothing of the process runs any more."""
        self.popen.kill()
        self.popen.wait()

    def ask_to_stop(self):
        if self.running():
            self.popen.send_signal(signal.SIGTERM)

    def wait_for_end(self, seconds):
        """Its exit code."""
        try:
            return self.popen.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} has not stopped within {seconds} s of being asked to"
                         f"{self.last_words()}") from None
        finally:
            self._close_input()

    def _close_input(self):
        if self.popen.stdin and not self.popen.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self.popen.stdin.close()


class Processes:
    """All that were started. As a context manager it leaves none behind."""

    def __init__(self, log_dir):
        self.log_dir = log_dir
        os.makedirs(log_dir, exist_ok=True)
        self._all = []

    def start(self, name, arguments, talks=False):
        path = os.path.join(self.log_dir, name.replace("/", "-") + ".log")
        process = Process(name, arguments, path, talks)
        self._all.append(process)
        return process

    def running(self):
        return [process for process in self._all if process.running()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.running():
            process.ask_to_stop()
        deadline = time.monotonic() + 8
        for process in self._all:
            try:
                process.popen.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
