"""What a county writes of a station's record goes down to that station and to no other."""
import unittest

import support


class EditsFromAbove(support.TestCase):
    def test_the_countys_triage_goes_to_that_station_alone(self):
        county = self.daemon("kings", hub=True)
        station = self.daemon("kings/e201", parent=county)
        neighbour = self.daemon("kings/l101", parent=county)
        self.started(county)
        self.started(station, neighbour)
        name = self.report(station, "smoke on the bridge")["record"]["name"]
        support.wait_until("the county has the report",
                           lambda: "smoke on the bridge" in self.lines(county), support.SECONDS)
        own = self.report(neighbour, "smoke in the yard")["record"]["name"]

        self.cli.done("edit", name, "--set", "severity=extreme", "--set", "state=confirmed",
                      "--endpoint", county.endpoint)

        def triaged():
            record = self.cli.json("show", name, "--endpoint", station.endpoint)
            return record if record["incident"]["severity"] == "SEVERITY_EXTREME" else None

        record = support.wait_until("the station shows the county's triage", triaged,
                                    support.SECONDS)
        self.assertEqual(record["incident"]["state"], "INCIDENT_CONFIRMED")
        # Who changed what, in the words that people read.
        history = self.cli.done("show", name, "--history", "--endpoint", station.endpoint).out
        by_county = history[history.index("  kings  "):]
        self.assertIn("severity", by_county)
        self.assertIn("extreme", by_county)
        self.assertIn("state", by_county)
        entries = self.cli.json("show", name, "--history", "--endpoint", station.endpoint)["entry"]
        self.assertEqual([entry["jurisdiction"] for entry in entries], ["kings/e201", "kings"])
        self.assertEqual(set(entries[1]["set"]), {"severity", "state"})

        # Whatever the neighbour was to be sent of it would be there before this.
        self.cli.done("edit", own, "--set", "state=confirmed", "--endpoint", county.endpoint)
        support.wait_until("the neighbour shows the county's edit of its own record",
                           lambda: self.cli.json("show", own, "--endpoint", neighbour.endpoint)
                           ["incident"]["state"] == "INCIDENT_CONFIRMED", support.SECONDS)
        self.assertEqual(self.lines(neighbour), {"smoke in the yard"})
        for each in (station, neighbour, county):
            each.stop()
        # Its report and the county's edit of it; nothing of the other station's.
        self.assertEqual(int(self.audit(neighbour)["changes"]), 2)
        self.assertEqual(int(self.audit(station)["changes"]), 2)
        self.assertEqual(int(self.audit(county)["changes"]), 4)


if __name__ == "__main__":
    unittest.main()
