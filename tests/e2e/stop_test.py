"""A daemon that is asked to stop does so in order, and soon, whatever is open."""
import json
import os
import signal
import subprocess
import time
import unittest

import support

WATCHERS = 20


class Stop(support.TestCase):
    def test_within_five_seconds_with_streams_open(self):
        city = self.city()
        kings = self.daemon("city/kings", parent=city, hub=True)
        e201 = self.daemon("city/kings/e201", parent=kings)
        self.started(city, kings, e201)
        self.report(e201, "one")
        support.wait_until("it is at the city", lambda: self.cli.count(
            city.endpoint, "INCIDENT") == 1, support.SECONDS)
        watchers = [subprocess.Popen(
            [self.cli.program, "watch", "incident", "--current", "--endpoint", kings.endpoint,
             "--output", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL) for _ in range(WATCHERS)]
        try:
            for watcher in watchers:
                self.assertIn("incident", json.dumps(json.loads(watcher.stdout.readline())))
            begun = time.monotonic()
            kings.stop(seconds=5)
            self.assertLess(time.monotonic() - begun, 5)
            for watcher in watchers:
                self.assertEqual(watcher.wait(timeout=support.SECONDS), 4)
        finally:
            for watcher in watchers:
                watcher.kill()
                watcher.wait()
                watcher.stdout.close()
        for daemon in (e201, city):
            begun = time.monotonic()
            daemon.stop(seconds=5)
        self.audit(kings)

    def test_within_five_seconds_though_a_child_does_not_answer(self):
        kings = self.daemon("kings", hub=True)
        e201 = self.daemon("kings/e201", parent=kings)
        self.started(kings, e201)
        self.report(e201, "one")
        support.wait_until("it is at the hub", lambda: self.cli.count(
            kings.endpoint, "INCIDENT") == 1, support.SECONDS)
        os.kill(e201.process.popen.pid, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            kings.stop(seconds=6)
            self.assertLess(time.monotonic() - begun, 6)
        finally:
            os.kill(e201.process.popen.pid, signal.SIGCONT)
        e201.stop(seconds=5)
        self.audit(kings)


if __name__ == "__main__":
    unittest.main()
