"""Two posts edit one incident with the line down: neither edit is lost, and a person settles it."""
import unittest

import support
from cli import REFUSED  # beside the demo, as support is


class Conflicts(support.TestCase):
    def test_apart_both_texts_are_kept_and_one_decision_ends_it_everywhere(self):
        county = self.daemon("kings", hub=True)
        station = self.daemon("kings/e201", parent=county)
        neighbour = self.daemon("kings/l101", parent=county)
        self.started(county)
        self.started(station, neighbour)
        filed = self.report(station, "smoke on the bridge")["record"]
        name = filed["name"]
        support.wait_until("the county has the report", lambda: self.shown(county, name),
                           support.SECONDS)

        station.stop()
        self.edit(county, name, "severity=extreme", "description=fire on the deck")
        county.stop()
        self.started(station)
        self.edit(station, name, "description=smoke over the east tower")
        self.started(county)

        def in_conflict(at):
            record = self.shown(at, name)
            return record if record and record.get("conflict") else None

        for at in (station, county):
            record = support.wait_until(f"{at.jurisdiction} shows the conflict",
                                        lambda at=at: in_conflict(at), support.SECONDS)
            self.assertEqual(record["incident"]["severity"], "SEVERITY_EXTREME")
            [conflict] = record["conflict"]
            self.assertEqual(conflict["field"], "description")
            self.assertEqual({(value["jurisdiction"], value["value_json"])
                              for value in conflict["value"]},
                             {("kings", '"fire on the deck"'),
                              ("kings/e201", '"smoke over the east tower"')})

        etag = in_conflict(county)["etag"]
        self.cli.done("resolve", name, "description", "--value", "fire and smoke, east tower",
                      "--reason", "combined", "--endpoint", county.endpoint)

        def settled(at):
            record = self.shown(at, name)
            return record if record and not record.get("conflict") else None

        for at in (station, county):
            record = support.wait_until(f"{at.jurisdiction} shows the decision",
                                        lambda at=at: settled(at), support.SECONDS)
            self.assertEqual(record["incident"]["description"], "fire and smoke, east tower")
            self.assertEqual(record["incident"]["resolution"][0]["reason"], "RESOLVE_COMBINED")
        # The station sees who wrote what at the county; its neighbour has none of it.
        history = self.cli.json("show", name, "--history", "--endpoint", station.endpoint)
        self.assertEqual([entry["jurisdiction"] for entry in history["entry"]].count("kings"), 2)
        self.assertEqual(self.cli.records(neighbour.endpoint, "incident"), [])

        late = self.cli.run("edit", name, "--set", "description=late", "--etag", etag,
                            "--require-unchanged", "--endpoint", county.endpoint)
        self.assertEqual(late.code, REFUSED, late.err)
        self.assertIn("incident.description", late.err)

    def edit(self, at, name, *sets):
        arguments = [word for each in sets for word in ("--set", each)]
        self.cli.done("edit", name, *arguments, "--endpoint", at.endpoint)

    def shown(self, at, name):
        answer = self.cli.run("show", name, "--endpoint", at.endpoint, "--output", "json")
        return answer.json() if answer.code == 0 else None


if __name__ == "__main__":
    unittest.main()
