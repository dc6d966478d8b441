"""A daemon whose disk fails a sync says so, stops by itself, and promises nothing meanwhile."""
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
        said = open(os.path.join(self.folder, "strace"), "w+", encoding="utf-8")
        self.addCleanup(said.close)
        tracer = subprocess.Popen(
            ["strace", "-f", "-e", "trace=fdatasync,fsync", "-e",
             "inject=fdatasync,fsync:error=EIO", "-o",
             os.path.join(self.folder, "traced"), "-p", str(daemon.process.popen.pid)],
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


if __name__ == "__main__":
    unittest.main()
