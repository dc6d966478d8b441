"""A record filed at the wrong post is moved, and what that post still writes of it is not lost."""
import unittest

import support
from cli import REFUSED  # beside the demo, as support is


class Moves(support.TestCase):
    def test_a_record_moves_to_the_post_where_it_belongs(self):
        county = self.daemon("kings", hub=True)
        wrong = self.daemon("kings/e201", parent=county)
        right = self.daemon("kings/l101", parent=county)
        self.started(county)
        self.started(wrong, right)
        old = self.report(wrong, "smoke on the bridge")["record"]["name"]
        self.cli.done("edit", old, "--set", "note=hydrant is dry", "--endpoint", wrong.endpoint)
        history = self.cli.json("show", old, "--history", "--endpoint", wrong.endpoint)
        [note] = [entry["dot"][:8] for entry in history["entry"] if "hydrant" in str(entry)]
        support.wait_until("the county has the report", lambda: self.lines(county), support.SECONDS)

        refused = self.cli.run("move", old, "--to", "kings/l101", "--endpoint", wrong.endpoint)
        self.assertEqual(refused.code, REFUSED)
        self.assertIn("ask kings, which covers both", refused.err)

        # The wrong post is offline, and goes on.
        wrong.stop()
        moved = self.cli.json("move", old, "--to", "kings/l101", "--reason", "wrong_post",
                              "--endpoint", county.endpoint)
        new = moved["record"]["name"]
        self.assertEqual(moved["moved"]["incident"]["state"], "INCIDENT_WITHDRAWN")
        again = self.cli.json("move", old, "--to", "kings/l101", "--endpoint", county.endpoint)
        self.assertTrue(again["already_moved"])
        self.assertEqual(again["record"]["name"], new)

        def at_right():
            records = self.cli.records(right.endpoint, "incident")
            return records[0] if records else None

        arrived = support.wait_until("the right post has it", at_right, support.SECONDS)
        self.assertEqual((arrived["name"], arrived["incident"]["description"]),
                         (new, "smoke on the bridge"))

        county.stop()
        self.started(wrong)
        self.cli.done("edit", old, "--set", "injured_count=3", "--remove", "note:" + note,
                      "--endpoint", wrong.endpoint)
        self.started(county)

        def late():
            return self.cli.records(county.endpoint, "incident", "--filter",
                                    "edited_after_move = true")

        [record] = support.wait_until("the county shows the edit after the move", late,
                                      support.SECONDS)
        self.assertEqual(record["name"], old)
        [edit, removal] = record["edited_after_move"]
        self.assertEqual((edit["field"], edit["value_json"], edit["jurisdiction"]),
                         ("incident.injured_count", "3", "kings/e201"))
        self.assertEqual((removal["field"], removal["value_json"], removal["removed"]),
                         ("incident.note", '["hydrant is dry"]', True))
        fresh = self.cli.json("show", new, "--endpoint", county.endpoint)
        self.assertEqual(fresh["origin_edited_after_move"], [edit, removal])
        said = self.cli.done("show", new, "--endpoint", county.endpoint).out
        self.assertIn("moved from", said)
        self.assertIn("--history", said)
        self.assertIn("edited after the move", said)
        self.assertIn("injured_count: 3, by kings/e201", said)
        self.assertIn("note: taken out: hydrant is dry, by kings/e201", said)

        self.cli.done("move", old, "--to", "kings/l101", "--take-edits", "--endpoint",
                      county.endpoint)
        for name in (old, new):
            self.assertIn("note: taken out: hydrant is dry", self.cli.done(
                "show", name, "--history", "--endpoint", county.endpoint).out)
        self.assertEqual(late(), [])

        def taken():
            record = at_right()
            return (record["incident"].get("injured_count") == 3
                    and "note" not in record["incident"])

        support.wait_until("the right post has what the wrong one wrote", taken, support.SECONDS)
        support.wait_until("the wrong post shows that it was moved",
                           lambda: "moved to" in self.cli.done("show", old, "--endpoint",
                                                               wrong.endpoint).out,
                           support.SECONDS)
        # Need to know: neither post has the other's.
        self.assertEqual([each["name"] for each in self.cli.records(wrong.endpoint, "incident")],
                         [old])
        for each in (wrong, right, county):
            each.stop()
            self.audit(each)


if __name__ == "__main__":
    unittest.main()
