"""What a daemon refuses at its start, and how it says so."""
import glob
import json
import os
import shutil
import unittest

import support


class Folder(support.TestCase):
    def test_a_second_process_on_a_folder_is_refused_and_does_no_harm(self):
        city = self.started(self.city())
        self.report(city, "before")
        second = support.Daemon(self.cli, self.processes, self.ports, city.folder, "city", "city",
                                hub=True)
        code, said = self.refused_start(second)
        self.assertEqual(code, 3, said)
        self.assertIn("Another process has it open", said)
        self.report(city, "after")
        self.assertEqual(self.lines(city), {"before", "after"})

    def test_a_folder_of_a_newer_format_is_refused_and_left_alone(self):
        city = self.started(self.city())
        self.report(city, "one")
        city.stop()
        form = os.path.join(city.folder, "log", "FORMAT")
        with open(form, encoding="utf-8") as file:
            written = file.read()
        words = written.split()
        newer = f"{words[0]} {words[1]} {int(words[2]) + 1}\n"
        with open(form, "w", encoding="utf-8") as file:
            file.write(newer)
        code, said = self.refused_start(city)
        self.assertEqual(code, 3, said)
        self.assertIn("Use the newer release that wrote it", said)
        with open(form, encoding="utf-8") as file:
            self.assertEqual(file.read(), newer)
        with open(form, "w", encoding="utf-8") as file:
            file.write(written)
        self.started(city)
        self.assertEqual(self.lines(city), {"one"})

    def test_an_unknown_setting_is_refused_with_the_one_that_was_meant(self):
        city = self.city()
        with open(city.config, "a", encoding="utf-8") as file:
            file.write("\n[uplnk]\nendpoints = []\n")
        code, said = self.refused_start(city)
        self.assertEqual(code, 2, said)
        self.assertIn("uplnk", said)
        self.assertIn("uplink", said)

    def test_behind_a_bad_page_the_audit_goes_on_and_the_start_says_what_to_do(self):
        city = self.started(self.city())
        for number in range(5):
            self.report(city, f"number {number}")
        city.stop()
        # What was in the log's own log is in a table after the next start.
        self.started(city)
        city.stop()
        self.audit(city)
        tables = glob.glob(os.path.join(city.folder, "log", "**", "*.sst"), recursive=True)
        largest = max(tables, key=os.path.getsize)
        with open(largest, "r+b") as file:
            file.seek(100)
            byte = file.read(1)[0]
            file.seek(100)
            file.write(bytes([byte ^ 1]))
        audit = self.cli.run("audit", "verify", "--dir", city.folder, "--output", "json")
        self.assertEqual(audit.code, 3, audit.err)
        self.assertGreaterEqual(int(json.loads(audit.out)["damaged"]), 1, audit.out)
        code, said = self.refused_start(city)
        self.assertEqual(code, 3, said)
        self.assertIn("tocsin audit verify", said)
        self.assertIn("move its 'log' away", said)
        # As it says: and then it begins anew.
        os.rename(os.path.join(city.folder, "log"), os.path.join(city.folder, "log.kept"))
        shutil.rmtree(os.path.join(city.folder, "view"))
        self.started(city)
        self.assertEqual(self.lines(city), set())

    def test_a_node_whose_log_is_not_there_refuses_until_it_is_or_the_view_goes(self):
        city = self.started(self.city())
        self.report(city, "before")
        city.stop()
        log, kept = (os.path.join(city.folder, name) for name in ("log", "log.kept"))
        view = os.path.join(city.folder, "view")
        os.rename(log, kept)
        # Gone, and as a volume that is not mounted leaves it.
        for mount_point in (False, True):
            if mount_point:
                os.mkdir(log)
            code, said = self.refused_start(city)
            self.assertEqual(code, 3, said)
            for word in ("had a log", "mount it", f"remove {view}"):
                self.assertIn(word, said)
        self.assertEqual(os.listdir(log), [])
        os.rmdir(log)
        os.rename(kept, log)
        self.started(city)
        self.assertEqual(self.lines(city), {"before"})
        city.stop()
        # Knowingly.
        os.rename(log, kept)
        shutil.rmtree(view)
        self.started(city)
        self.assertEqual(self.lines(city), set())

    def test_a_view_of_another_log_is_kept_and_a_damaged_one_is_made_anew(self):
        city = self.started(self.city())
        self.report(city, "before")
        city.stop()
        log, kept, view = (os.path.join(city.folder, name) for name in ("log", "log.kept", "view"))
        kept_view = view + ".kept"
        os.rename(log, kept)
        os.rename(view, kept_view)
        self.started(city)
        city.stop()
        shutil.rmtree(view)
        os.rename(kept_view, view)
        code, said = self.refused_start(city)
        self.assertEqual(code, 3, said)
        for word in ("another log", "put the right one back", f"remove {view}"):
            self.assertIn(word, said)
        shutil.rmtree(log)
        os.rename(kept, log)
        self.started(city)
        self.assertEqual(self.lines(city), {"before"})
        city.stop()
        with open(os.path.join(view, "CURRENT"), "w", encoding="utf-8") as file:
            file.write("nothing\n")
        self.started(city)
        support.wait_until("the view is made anew", lambda: self.lines(city) == {"before"},
                           support.SECONDS)
        self.assertIn("view.dropped", city.process.last_words())

    def test_a_folder_is_no_configuration(self):
        city = self.city()
        done = support.run_program("tocsin-hub", "--config", city.folder)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(f"'{city.folder}' is a folder; the configuration is '{city.config}'",
                      done.stderr)

    def test_a_folder_without_an_identity_says_how_one_is_made(self):
        config = os.path.join(self.folder, "bare.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'[api]\nlisten = "127.0.0.1:{self.ports.take()}"\n')
        done = support.run_program("tocsin-node", "--config", config)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("tocsin init", done.stderr)

    def test_the_identity_of_another_network_is_never_overwritten(self):
        city = self.city()
        again = self.cli.run("init", "--dir", city.folder, "--name", "x", "--jurisdiction", "other")
        self.assertEqual(again.code, 3, again.err)
        self.started(city)


if __name__ == "__main__":
    unittest.main()
