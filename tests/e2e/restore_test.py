"""What was exported is read back: nothing new where it is held, the same records where it is not."""
import os
import unittest

import support


class Restore(support.TestCase):
    def setUp(self):
        super().setUp()
        self.county = self.daemon("kings", hub=True)
        self.fresh = self.daemon("kings", hub=True, network="fresh-")
        self.started(self.county, self.fresh)

    def filed(self, line, scope="kings/e201"):
        return self.report(self.county, line, scope=scope)["record"]["name"]

    def exported(self, kind, form):
        path = os.path.join(self.folder, f"{kind}.{form}")
        self.cli.done("export", form, kind, "--out", path, "--endpoint", self.county.endpoint)
        return path

    def imported(self, daemon, form, path, *more):
        counts = self.cli.json("import", form, path, "--strict", "--endpoint", daemon.endpoint,
                               *more)
        return {name: int(counts[name]) for name in ("read", "filed", "already_there", "differs")}

    def shown(self, daemon, kind):
        """What a file carries of each record."""
        return {record["uid"]: {**record[kind], "code": record["code"], "scope": record["scope"]}
                for record in self.cli.records(daemon.endpoint, kind)}

    def assert_restores(self, *kinds):
        """In the order in which they refer to one another, by either format."""
        for form in ("csv", "geojson"):
            for kind in kinds:
                path = self.exported(kind, form)
                count = len(self.shown(self.county, kind))
                nothing = {"read": count, "filed": 0, "already_there": count, "differs": 0}
                self.assertEqual(self.imported(self.county, form, path), nothing)
                if form == "csv":
                    self.assertEqual(self.imported(self.fresh, form, path),
                                     {**nothing, "filed": count, "already_there": 0})
                self.assertEqual(self.imported(self.fresh, form, path), nothing)
                self.assertEqual(self.shown(self.fresh, kind), self.shown(self.county, kind))

    def test_relations_come_back(self):
        one, other = self.filed("fire on the bridge"), self.filed("bridge burns", "kings/l101")
        third = self.filed("a car below it")
        self.cli.done("relate", one, other, "--endpoint", self.county.endpoint)
        self.cli.done("relate", third, other, "--as", "part-of", "--endpoint",
                      self.county.endpoint)
        self.cli.done("unrelate", third, other, "--endpoint", self.county.endpoint)
        self.assert_restores("incident", "relation")
        [related] = self.cli.json("show", one, "--endpoint", self.fresh.endpoint)["related"]
        self.assertEqual(related["other_name"], other)

    def test_a_record_comes_back_with_more_notes_than_one_change_takes(self):
        name = self.filed("warehouse")
        for i in range(18):
            self.cli.done("edit", name, "--set", f"note=engine {i} is there", "--endpoint",
                          self.county.endpoint)
        self.assert_restores("incident")
        # One that is not held is still told from those that are.
        path = self.exported("incident", "csv")
        self.cli.done("edit", name, "--set", "note=and it is out", "--endpoint",
                      self.county.endpoint)
        later = self.exported("incident", "geojson")
        self.assertEqual(self.imported(self.county, "csv", path)["already_there"], 1)
        self.assertEqual(self.imported(self.fresh, "geojson", later)["differs"], 1)
        self.imported(self.fresh, "geojson", later, "--update")
        self.assertEqual(self.shown(self.fresh, "incident"), self.shown(self.county, "incident"))

    def test_what_was_moved_is_what_the_old_record_names(self):
        old = self.filed("smoke")
        moved = self.cli.json("move", old, "--to", "kings/l101", "--endpoint",
                              self.county.endpoint)
        new = moved["record"]["name"]
        self.cli.done("edit", new, "--set", "note=hydrant is dry", "--endpoint",
                      self.county.endpoint)
        self.assert_restores("incident")
        self.assertIn("moved from", self.cli.done("show", new, "--endpoint",
                                                  self.fresh.endpoint).out)
        again = self.cli.json("move", old, "--to", "kings/l101", "--endpoint",
                              self.fresh.endpoint)
        self.assertEqual((again["already_moved"], again["record"]["name"]), (True, new))


if __name__ == "__main__":
    unittest.main()
