"""What the end-to-end tests share: a small network of real processes in a folder of its own."""
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tools", "src", "demo"))

# pylint: disable=wrong-import-position
from cli import Cli, count_of  # noqa: E402
from network import Daemon  # noqa: E402
from processes import Failed, Ports, Processes, wait_until  # noqa: E402

__all__ = ["Failed", "TestCase", "count_of", "wait_until"]

BIN = os.environ.get("TOCSIN_BIN", os.path.join(TOP, "build", "dev", "bin"))
# A busy machine is slow; nothing here waits longer than it must.
SECONDS = 60

SITES_MAPPING = """
kind = "SITE"
source = "test-register"
key = ["id"]
[constants]
status = "STATUS_ACTUAL"
state = "LIFE_ACTIVE"
[field.display_name]
column = "name"
text = true
[place]
latitude = "lat"
longitude = "lon"
[scope]
column = "scope"
"""


class TestCase(unittest.TestCase):
    """city, city/kings and city/kings/e201, as far as a test starts them."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tocsin-e2e-")
        self.cli = Cli(BIN)
        self.ports = Ports()
        self.processes = Processes(os.path.join(self.folder, "logs"))
        self.processes.__enter__()

    def tearDown(self):
        self.processes.__exit__(None, None, None)
        failed = any(error for _, error in getattr(self._outcome, "errors", []))
        if failed and os.environ.get("TOCSIN_KEEP"):
            print(f"kept: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def daemon(self, jurisdiction, parent=None, hub=False, network=""):
        """Made, not started. Of another network than the others if it has a name."""
        folder = os.path.join(self.folder, network + jurisdiction.replace("/", "-"))
        made = Daemon(self.cli, self.processes, self.ports, folder, jurisdiction,
                      jurisdiction.split("/")[-1], parent=parent, hub=hub)
        made.init()
        made.set_config("reconnect_min", '"20ms"')
        made.set_config("reconnect_max", '"200ms"')
        return made

    def city(self):
        return self.daemon("city", hub=True)

    def started(self, *daemons):
        for each in daemons:
            each.start()
        for each in daemons:
            each.wait_ready()
        return daemons[0] if len(daemons) == 1 else daemons

    def report(self, daemon, line, **more):
        """Files one incident; its record."""
        arguments = ["report", "incident", "--endpoint", daemon.endpoint, "--what", "fire",
                     "--where", "40.7,-73.9", "--how-bad", "serious", "--line", line]
        for name, value in more.items():
            arguments += [f"--{name.replace('_', '-')}", value]
        return self.cli.json(*arguments)

    def lines(self, daemon):
        """The descriptions of the incidents that a node shows."""
        return {record["incident"]["description"]
                for record in self.cli.records(daemon.endpoint, "incident")}

    def refused_start(self, daemon):
        """Starts it, which must fail; exit code and what it said."""
        daemon.start()
        code = daemon.process.wait_for_end(SECONDS)
        return code, daemon.process.last_words()

    def sites_file(self, name, rows):
        """A table of sites and its mapping; the arguments that import it."""
        table = os.path.join(self.folder, name + ".csv")
        with open(table, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "name", "lat", "lon", "scope"])
            writer.writerows(rows)
        mapping = os.path.join(self.folder, "sites.toml")
        with open(mapping, "w", encoding="utf-8") as file:
            file.write(SITES_MAPPING)
        return ["csv", "--mapping", mapping, table]

    def audit(self, daemon):
        """The report of a log that must hold."""
        report = self.cli.json("audit", "verify", "--dir", daemon.folder)
        self.assertEqual(int(report.get("problems_total", 0)), 0, report)
        return report


def run_program(daemon_bin, *arguments):
    return subprocess.run([os.path.join(BIN, daemon_bin), *arguments], capture_output=True,
                          text=True, timeout=SECONDS, check=False)
