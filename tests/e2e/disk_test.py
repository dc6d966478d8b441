"""A daemon on a real disk that fills up: it says so, reads on, and goes on when there is room."""
import contextlib
import os
import subprocess
import unittest

import support

EXIT_REFUSED = 3
# Of a disk that takes 60 MiB and keeps 32 of them in reserve.
SIZE = "size=60m"


class Disk(support.TestCase):
    def setUp(self):
        super().setUp()
        self.disk = os.path.join(self.folder, "city")
        os.mkdir(self.disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", SIZE, "tmpfs", self.disk],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.tearDown()
            self.skipTest(f"may not mount a tmpfs: {mounted.stderr.strip()}")

    def tearDown(self):
        self.processes.__exit__(None, None, None)
        subprocess.run(["umount", self.disk], capture_output=True, check=False)
        super().tearDown()

    @property
    def ballast(self):
        return os.path.join(self.disk, "ballast")

    def fill(self):
        """Until the disk takes not one byte more."""
        with contextlib.suppress(OSError), open(self.ballast, "ab", buffering=0) as file:
            while True:
                file.write(bytes(1 << 20))
        self.assertEqual(os.statvfs(self.disk).f_bavail, 0)

    def make_room(self):
        os.remove(self.ballast)

    def try_report(self, city, line):
        return self.cli.run("report", "incident", "--endpoint", city.endpoint, "--what", "fire",
                            "--where", "40.7,-73.9", "--how-bad", "minor", "--line", line)

    def alarms(self, city):
        status = city.status()
        return " | ".join(status.get("alarm", [])) if status else None

    def test_a_node_on_a_full_disk_alarms_and_reads_on_and_writes_again_once_there_is_room(self):
        city = self.started(self.city())
        # More than once: the second time meets what the first has left.
        for turn in ("first", "second"):
            self.report(city, f"before the {turn}")
            self.assertEqual(self.alarms(city), "")
            self.fill()
            refused = self.try_report(city, f"during the {turn}")
            self.assertEqual(refused.code, EXIT_REFUSED, refused.err)
            self.assertIn("free some space", refused.err)
            self.assertIn(f"before the {turn}", self.lines(city))
            alarms = self.alarms(city)
            for word in ("the disk is full", "reads go on", str(32 << 20)):
                self.assertIn(word, alarms)
            self.make_room()
            support.wait_until("the node takes a report",
                               lambda: self.try_report(city, f"after the {turn}").code == 0,
                               support.SECONDS)
            support.wait_until("it is shown",
                               lambda turn=turn: f"after the {turn}" in self.lines(city),
                               support.SECONDS)
            self.assertTrue(city.process.running(), city.process.last_words())
        city.stop()
        self.audit(city)

    def test_a_node_that_is_stopped_on_a_full_disk_stops_in_order(self):
        city = self.started(self.city())
        self.report(city, "before")
        self.fill()
        self.try_report(city, "during")
        city.stop(support.SECONDS)
        self.make_room()
        self.started(city)
        self.assertIn("before", self.lines(city))

    def test_a_start_on_a_full_disk_is_refused_and_says_how_much_must_be_free(self):
        city = self.started(self.city())
        self.report(city, "before")
        city.stop()
        self.fill()
        code, said = self.refused_start(city)
        self.assertEqual(code, EXIT_REFUSED, said)
        for word in ("The disk is full", "room for 0 bytes", "opening takes", "not running"):
            self.assertIn(word, said)
        self.assertNotIn("reads go on", said.lower())
        self.make_room()
        self.started(city)
        self.assertIn("before", self.lines(city))


if __name__ == "__main__":
    unittest.main()
