"""Two posts edit one incident with the line down: neither edit is lost, and a person settles it."""
import json
import subprocess
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

        # It is work: listed with its age and turn, counted, followed and told of.
        [row] = self.cli.json("conflicts", "--endpoint", county.endpoint)
        self.assertEqual((row["record"], row["conflict"]["field"], row["severity"]),
                         (name, "description", "SEVERITY_EXTREME"))
        self.assertEqual(row["turn"], "kings/e201")
        self.assertEqual(self.cli.json("conflicts", "--turn", "here",
                                       "--endpoint", county.endpoint), [])
        listed = self.cli.done("list", "incident", "--endpoint", county.endpoint)
        self.assertIn("APART: description", listed.out)
        status = self.cli.json("status", "--endpoint", county.endpoint)
        self.assertEqual(status["conflicts"]["open"], "1")
        watch = self.watch_conflicts(county, events=2)
        self.assertEqual(self.next_event(watch)["event"], "CONFLICT_CURRENT")

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
        event = self.next_event(watch)
        self.assertEqual((event["event"], event["decision"]["jurisdiction"],
                          event["decision"]["reason"]),
                         ("CONFLICT_SETTLED", "kings", "RESOLVE_COMBINED"))
        self.assertEqual(watch.wait(support.SECONDS), 0)
        nothing = self.cli.done("conflicts", "--endpoint", county.endpoint)
        self.assertEqual(nothing.out, "")
        self.assertIn("nothing is in conflict", nothing.err)
        told = self.cli.done("show", name, "--history", "--endpoint", county.endpoint).out
        self.assertIn("apart from change", told)
        self.assertIn("settles the conflict: combined", told)
        # The station sees who wrote what at the county; its neighbour has none of it.
        history = self.cli.json("show", name, "--history", "--endpoint", station.endpoint)
        self.assertEqual([entry["jurisdiction"] for entry in history["entry"]].count("kings"), 2)
        self.assertEqual(self.cli.records(neighbour.endpoint, "incident"), [])

        late = self.cli.run("edit", name, "--set", "description=late", "--etag", etag,
                            "--require-unchanged", "--endpoint", county.endpoint)
        self.assertEqual(late.code, REFUSED, late.err)
        self.assertIn("incident.description", late.err)

    def watch_conflicts(self, at, events):
        """A watch that ends after so many events; what is open comes first."""
        watch = subprocess.Popen(  # pylint: disable=consider-using-with
            [self.cli.program, "watch", "--conflicts", "--current", "--limit", str(events),
             "--output", "json", "--endpoint", at.endpoint],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.end, watch)
        return watch

    @staticmethod
    def next_event(watch):
        return json.loads(watch.stdout.readline())

    @staticmethod
    def end(watch):
        watch.kill()
        watch.stdout.close()
        watch.wait()

    def edit(self, at, name, *sets):
        arguments = [word for each in sets for word in ("--set", each)]
        self.cli.done("edit", name, *arguments, "--endpoint", at.endpoint)

    def shown(self, at, name):
        answer = self.cli.run("show", name, "--endpoint", at.endpoint, "--output", "json")
        return answer.json() if answer.code == 0 else None


if __name__ == "__main__":
    unittest.main()
