"""A daemon whose disk fails a sync says so, stops by itself, and promises nothing meanwhile; one
whose log met a full disk starts itself anew."""
import glob
import os
import shutil
import signal
import subprocess
import unittest

import support

EXIT_REFUSED = 3


@unittest.skipUnless(shutil.which("strace"), "strace is missing, which makes a sync fail")
class Sync(support.TestCase):
    def failing(self, daemon):
        """From when this returns each sync of the daemon fails; the tracer, to be ended."""
        return self.traced(daemon, "-e", "trace=fdatasync,fsync", "-e",
                           "inject=fdatasync,fsync:error=EIO")

    def traced(self, daemon, *how):
        """What strace, told how, does to a daemon from when this returns; the tracer."""
        said = open(os.path.join(self.folder, "strace"), "w+", encoding="utf-8")
        self.addCleanup(said.close)
        tracer = subprocess.Popen(
            ["strace", "-f", *how, "-o", os.path.join(self.folder, "traced"), "-p",
             str(daemon.process.popen.pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
        self.addCleanup(self.end, tracer)

        def attached():
            said.seek(0)
            text = said.read()
            if tracer.poll() is not None:
                self.skipTest(f"strace may not attach here: {text.strip()}")
            return "attached" in text

        support.wait_until("strace is attached", attached, support.SECONDS)
        return tracer

    @staticmethod
    def end(tracer):
        if tracer.poll() is None:
            tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=support.SECONDS)

    def test_a_failed_sync_ends_the_daemon_with_3_and_loses_nothing_that_was_held(self):
        city = self.started(self.city())
        self.report(city, "before")
        tracer = self.failing(city)
        refused = self.cli.run("report", "incident", "--endpoint", city.endpoint, "--what", "fire",
                               "--where", "40.7,-73.9", "--how-bad", "serious", "--line", "during")
        self.assertNotEqual(refused.code, 0, refused.out)
        # Nobody asks it to stop.
        code = city.process.wait_for_end(support.SECONDS)
        said = city.process.last_words()
        self.assertEqual(code, EXIT_REFUSED, said)
        self.assertIn("sync", said)
        self.end(tracer)
        self.started(city)
        # What was never acknowledged may be found or not.
        self.assertIn("before", self.lines(city))
        self.report(city, "after")
        city.stop()
        self.audit(city)

    def test_a_log_that_met_a_full_disk_takes_writes_again_by_itself(self):
        city = self.started(self.city())
        self.report(city, "before")
        (current,) = glob.glob(os.path.join(city.folder, "log", "*.log"))
        tracer = self.traced(city, "-P", current, "-e", "trace=write,pwrite64", "-e",
                             "inject=write,pwrite64:error=ENOSPC")
        refused = self.cli.run("report", "incident", "--endpoint", city.endpoint, "--what", "fire",
                               "--where", "40.7,-73.9", "--how-bad", "serious", "--line", "during")
        self.assertEqual(refused.code, EXIT_REFUSED, refused.err)
        self.assertIn("free some space", refused.err)

        # The disk has room, so it starts itself anew, and its new process is the old one.
        def begun_anew():
            with open(city.process.log_path, encoding="utf-8") as file:
                return file.read().count("ready api=") == 2

        support.wait_until("it is ready once more", begun_anew, support.SECONDS)
        self.end(tracer)
        self.assertTrue(city.process.running(), city.process.last_words())
        self.report(city, "after")
        self.assertLessEqual({"before", "after"}, self.lines(city))
        city.stop()
        self.audit(city)


if __name__ == "__main__":
    unittest.main()
