"""Imports through real daemons: nothing is filed twice, wherever it is offered."""
import os
import shutil
import unittest

import support

ROWS = [[f"s{i}", f"Tank farm {i}", 40.6 + i / 1000, -73.9, "city/kings/e201"] for i in range(40)]


class Import(support.TestCase):
    def import_at(self, daemon, arguments, *more):
        return self.cli.json("import", *arguments, "--endpoint", daemon.endpoint, *more)

    def test_the_same_file_twice_files_nothing_twice(self):
        city = self.city()
        kings = self.daemon("city/kings", parent=city, hub=True)
        self.started(city, kings)
        file = self.sites_file("sites", ROWS)
        first = self.import_at(kings, file)
        self.assertEqual((int(first["filed"]), int(first["already_there"])), (40, 0))
        second = self.import_at(kings, file)
        self.assertEqual((int(second.get("filed", 0)), int(second["already_there"])), (0, 40))
        self.assertEqual(len(self.cli.records(kings.endpoint, "site")), 40)

    def test_and_not_after_the_node_was_killed_in_between(self):
        city = self.started(self.city())
        file = self.sites_file("sites", ROWS)
        self.import_at(city, file)
        city.kill()
        self.started(city)
        again = self.import_at(city, file)
        self.assertEqual((int(again.get("filed", 0)), int(again["already_there"])), (0, 40))

    def test_the_same_file_at_two_nodes_is_one_set_of_records(self):
        city = self.city()
        kings = self.daemon("city/kings", parent=city, hub=True)
        e201 = self.daemon("city/kings/e201", parent=kings)
        self.started(city, kings, e201)
        file = self.sites_file("sites", ROWS)
        # The station alone, then its county, which may already have heard of some of them.
        self.import_at(e201, file)
        self.import_at(kings, file)
        support.wait_until("the city shows 40 sites", lambda: self.cli.count(
            city.endpoint, "SITE") == 40, support.SECONDS)
        self.assertEqual(len(self.cli.records(city.endpoint, "site")), 40)

    def test_a_known_key_with_other_values_is_counted_and_filed_only_with_update(self):
        city = self.started(self.city())
        self.import_at(city, self.sites_file("sites", ROWS))
        moved = [row[:2] + [40.9] + row[3:] if row[0] == "s3" else row for row in ROWS]
        file = self.sites_file("moved", moved)
        differs = self.import_at(city, file)
        self.assertEqual((int(differs["differs"]), int(differs.get("filed", 0))), (1, 0))
        self.import_at(city, file, "--update")
        again = self.import_at(city, file)
        self.assertEqual(int(again.get("differs", 0)), 0)


class Rebuild(support.TestCase):
    def test_a_view_made_anew_shows_the_same(self):
        city = self.city()
        kings = self.daemon("city/kings", parent=city, hub=True)
        e201 = self.daemon("city/kings/e201", parent=kings)
        self.started(city, kings, e201)
        self.cli.done("import", *self.sites_file("sites", ROWS), "--endpoint", e201.endpoint)
        filed = [self.report(e201, f"line {i}") for i in range(10)]
        name = filed[3]["record"]["name"] if "record" in filed[3] else filed[3]["name"]
        self.cli.done("edit", name, "--set", "severity=minor", "--endpoint", e201.endpoint)
        self.cli.done("withdraw", name, "--reason", "false_alarm", "--endpoint", e201.endpoint)
        support.wait_until("the city shows all", lambda: self.cli.count(
            city.endpoint, "SITE") == 40 and self.cli.count(
                city.endpoint, "INCIDENT") == 10, support.SECONDS)

        def shown():
            return {kind: sorted(self.cli.records(city.endpoint, kind), key=lambda r: r["name"])
                    for kind in ("site", "incident")}

        support.wait_until("the withdrawal is at the city", lambda: any(
            record["incident"]["state"] == "INCIDENT_WITHDRAWN"
            for record in self.cli.records(city.endpoint, "incident")), support.SECONDS)
        before = shown()
        city.stop()
        self.cli.done("rebuild", "--dir", city.folder)
        self.assertFalse(os.path.exists(os.path.join(city.folder, "view", "CURRENT")))
        self.started(city)
        support.wait_until("the view is made", lambda: self.cli.count(
            city.endpoint, "SITE") == 40 and self.cli.count(
                city.endpoint, "INCIDENT") == 10, support.SECONDS)
        self.assertEqual(shown(), before)
        # And once more from nothing at all of it.
        city.stop()
        shutil.rmtree(os.path.join(city.folder, "view"))
        self.started(city)
        support.wait_until("the view is made", lambda: self.cli.count(
            city.endpoint, "INCIDENT") == 10, support.SECONDS)
        self.assertEqual(shown(), before)


if __name__ == "__main__":
    unittest.main()
