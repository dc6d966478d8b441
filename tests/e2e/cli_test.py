"""The command line at real nodes: as a crew types, as a script calls it, when nothing answers."""
import os
import pty
import select
import signal
import socket
import subprocess
import threading
import time
import unittest

import support
from cli import DONE, REFUSED, UNREACHABLE, USAGE, WITHHELD  # beside the demo, as support is


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *command):
        self.said = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(command[0], command)

    def answer(self, question, line):
        """Waits until it asks, then types."""
        end = time.monotonic() + support.SECONDS
        while question not in self.said:
            if time.monotonic() > end or not self._read():
                raise support.Failed(f"never asked {question!r}:\n{self.said}")
        self.said = self.said.split(question, 1)[1]
        os.write(self.fd, (line + "\n").encode())

    def ended(self):
        """Its exit code, and what it said since the last question."""
        while self._read():
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status), self.said

    def _read(self):
        if not select.select([self.fd], [], [], support.SECONDS)[0]:
            return False
        try:
            got = os.read(self.fd, 4096)
        except OSError:
            return False
        self.said += got.decode()
        return bool(got)


class HangsUpOnce(threading.Thread):
    """Between a client and a node: hangs up on the first connection, and passes the others on."""

    def __init__(self, endpoint):
        super().__init__(daemon=True)
        self.host, port = endpoint.rsplit(":", 1)
        self.port = int(port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections = 0

    def run(self):
        while True:
            client, _ = self.listener.accept()
            self.connections += 1
            if self.connections == 1:
                client.close()
                continue
            node = socket.create_connection((self.host, self.port))
            for source, sink in [(client, node), (node, client)]:
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pass(source, sink):
        try:
            while got := source.recv(65536):
                sink.sendall(got)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class CommandLine(support.TestCase):
    def test_a_crew_files_by_five_answers_and_sees_what_is_near(self):
        city = self.started(self.city())
        terminal = Terminal(self.cli.program, "report", "--endpoint", city.endpoint)
        terminal.answer("1/5", "flood")
        terminal.answer("2/5", "18T WL 83959 07350")
        terminal.answer("3/5", "2")
        terminal.answer("4/5", "3 injured")
        terminal.answer("5/5", "water in the cellar")
        terminal.answer("File it?", "y")
        code, said = terminal.ended()
        self.assertEqual(code, DONE, said)
        [first] = self.cli.records(city.endpoint, "incident")
        self.assertIn(f"Filed {first['code']}", said)
        self.assertEqual(first["incident"]["type"], "FLOOD")
        self.assertEqual(first["incident"]["severity"], "SEVERITY_MODERATE")
        self.assertEqual(first["incident"]["injured_count"], 3)

        terminal = Terminal(self.cli.program, "report", "--endpoint", city.endpoint)
        for question, line in [("1/5", "7"), ("2/5", "40.7128,-74.0060"), ("3/5", "1"),
                               ("4/5", ""), ("5/5", "")]:
            terminal.answer(question, line)
        terminal.answer(first["code"], "")
        # Enter alone is a yes.
        code, said = terminal.ended()
        self.assertEqual(code, DONE, said)
        self.assertEqual(self.cli.count(city.endpoint, "INCIDENT"), 2)

    def test_near_is_what_was_reported_now_and_may_be_the_same(self):
        city = self.started(self.city())
        long_ago = {"observed": "2015-06-01T14:30:00Z"}
        shown = [self.report(city, "open"), self.report(city, "closed now", set="state=closed")]
        hidden = [self.report(city, "of 2015", **long_ago),
                  self.report(city, "closed in 2015", set="state=closed", **long_ago),
                  self.report(city, "a draft", status="draft"),
                  self.report(city, "withdrawn")]
        self.cli.done("withdraw", hidden[-1]["record"]["code"], "--endpoint", city.endpoint,
                      "--reason", "false_alarm")
        # A change makes nothing new of what is old.
        self.cli.done("edit", hidden[0]["record"]["code"], "--endpoint", city.endpoint, "--set",
                      "state=confirmed")
        near = ["report", "incident", "--endpoint", city.endpoint, "--what", "fire", "--how-bad",
                "minor", "--where", "40.7,-73.9", "--dry-run"]
        said = self.cli.done(*near).err
        self.assertIn("Near here, in the last 30 minutes:", said)
        for each in shown:
            self.assertIn(each["record"]["code"], said)
        for each in hidden:
            self.assertNotIn(each["record"]["code"], said)
        # Nor does a time that nobody said hide one.
        self.cli.done("edit", shown[0]["record"]["code"], "--endpoint", city.endpoint, "--clear",
                      "observed_time")
        self.assertIn(shown[0]["record"]["code"], self.cli.done(*near).err)

    def test_a_watch_that_was_interrupted_goes_on_where_it_was(self):
        city = self.started(self.city())
        watch = [self.cli.program, "watch", "incident", "--endpoint", city.endpoint]
        self.report(city, "before")
        with subprocess.Popen([*watch, "--current"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            self.assertIn("before", running.stdout.readline())
            self.assertIn("what matches now", running.stderr.readline())
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=support.SECONDS)
            self.assertEqual(running.returncode, DONE, err)
        token = err.split("--resume ", 1)[1].strip()
        self.report(city, "meanwhile")
        answer = self.cli.done("watch", "incident", "--endpoint", city.endpoint, "--resume", token,
                               "--limit", 1)
        self.assertIn("meanwhile", answer.out)
        self.assertNotIn("before", answer.out)

    def test_a_withheld_text_waits_and_the_report_goes(self):
        city = self.started(self.city())
        arguments = ["report", "incident", "--endpoint", city.endpoint, "--what", "fire",
                     "--how-bad", "minor", "--line", "call +1 212 555 0100"]
        answer = self.cli.done(*arguments, codes=(WITHHELD,))
        self.assertIn("withheld: incident.description", answer.err)
        self.assertNotIn("0100", answer.out + answer.err)
        [record] = self.cli.records(city.endpoint, "incident")
        self.assertNotIn("description", record["incident"])
        edit = ["edit", record["code"], "--endpoint", city.endpoint, "--set"]
        # Nothing else was asked, and nothing is written.
        answer = self.cli.done(*edit, "description=call +1 212 555 0100", codes=(REFUSED,))
        self.assertIn("nothing is written", answer.err)
        self.cli.done(*edit, "description=call +1 212 555 0100", "--set", "severity=severe",
                      codes=(WITHHELD,))
        self.cli.done(*edit, "description=a bin by the door")
        self.assertEqual(self.lines(city), {"a bin by the door"})

    def test_exit_codes_say_what_happened(self):
        city = self.started(self.city())
        at = ["--endpoint", city.endpoint]
        for code, arguments in [
                (USAGE, ["list", "fires"]),
                (USAGE, ["list", "incident", "--filter", "severity = bad"]),
                (REFUSED, ["list", "incident", "--filter", "bogus = 1"]),
                (REFUSED, ["report", "hazard", "--set", "finding=leak"]),
                (USAGE, ["rebuild", "--dir", self.folder]),
                (REFUSED, ["rebuild", "--dir", city.folder])]:
            answer = self.cli.run(*arguments, *at)
            self.assertEqual(answer.code, code, (arguments, answer.err))
            self.assertIn("tocsin " + arguments[0], answer.err)
        city.stop()
        answer = self.cli.run("status", *at)
        self.assertEqual(answer.code, UNREACHABLE, answer.err)
        self.assertIn("tocsin-node --config", answer.err)

    def test_one_connection_that_fails_is_no_node_that_is_down(self):
        city = self.started(self.city())
        between = HangsUpOnce(city.endpoint)
        between.start()
        answer = self.cli.run("status", "--endpoint", between.endpoint)
        self.assertEqual(answer.code, DONE, answer.err)
        self.assertEqual(between.connections, 2)

    def test_a_wrong_port_of_a_hub_says_which_setting_to_look_at(self):
        city = self.started(self.city())
        answer = self.cli.run("list", "incident", "--endpoint", city.children)
        self.assertEqual(answer.code, REFUSED, answer.err)
        self.assertIn(f"what answers at {city.children} takes no such call", answer.err)
        self.assertIn("api.listen", answer.err)

        kings = self.daemon("city/kings", parent=city, hub=True)
        kings.set_config("endpoints", f'["{city.endpoint}"]')
        self.started(kings)
        said = support.wait_until(
            "the link says why it is lost",
            lambda: "".join(link.get("last_error", "") for link in kings.status()["link"]),
            support.SECONDS)
        self.assertIn("what answers there takes no children", said)
        self.assertIn("uplink.endpoints", said)
        self.assertIn("children.listen", kings.process.last_words())

    def test_a_log_is_verified_beside_the_running_node(self):
        city = self.started(self.city())
        for i in range(5):
            self.report(city, f"line {i}")
        report = self.audit(city)
        self.assertTrue(report["ok"])
        self.assertEqual(report["problems_total"], 0)
        self.assertEqual(report["changes"], 5)

    def test_what_was_exported_is_read_back_to_the_same(self):
        city = self.started(self.city())
        self.report(city, "one, \"quoted\"")
        self.report(city, "=two")
        file = os.path.join(self.folder, "incidents.csv")
        self.cli.done("export", "csv", "incident", "--endpoint", city.endpoint, "--out", file)
        counts = self.cli.json("import", "csv", file, "--endpoint", city.endpoint)
        self.assertEqual((counts["read"], counts["already_there"]), (2, 2))
        other = self.started(self.city_named("other"))
        counts = self.cli.json("import", "csv", file, "--endpoint", other.endpoint)
        self.assertEqual(counts["filed"], 2)
        self.assertEqual(self.lines(other), {"one, \"quoted\"", "=two"})

    def city_named(self, folder):
        """Another city, of a network of its own."""
        made = support.Daemon(self.cli, self.processes, self.ports,
                              os.path.join(self.folder, folder), "city", folder, hub=True)
        made.init()
        return made


if __name__ == "__main__":
    unittest.main()
