"""Two reports of one fire, of stations on either side of a border: linked, and never merged."""
import unittest

import support
from cli import REFUSED  # beside the demo, as support is


class Relations(support.TestCase):
    def test_the_city_links_what_two_counties_filed(self):
        city = self.city()
        self.started(city)
        kings, queens = (self.daemon(f"city/{name}", parent=city, hub=True)
                         for name in ("kings", "queens"))
        self.started(kings, queens)
        here = self.report(kings, "fire on the bridge", injured=2)["record"]["name"]
        there = self.report(queens, "bridge is burning", injured=3)["record"]["name"]
        support.wait_until("the city has both", lambda: len(self.lines(city)) == 2, support.SECONDS)

        refused = self.cli.run("relate", here, there, "--endpoint", kings.endpoint)
        self.assertNotEqual(refused.code, 0)
        for order in ((here, there), (there, here)):
            self.cli.done("relate", *order, "--as", "same-event", "--propose", "--endpoint",
                          city.endpoint)
        self.assert_related(city, here, there, "RELATION_PROPOSED")
        self.cli.done("relate", here, there, "--endpoint", city.endpoint)
        self.assert_related(city, here, there, "RELATION_CONFIRMED")
        said = self.cli.done("show", there, "--endpoint", city.endpoint).out
        self.assertIn("the same event as kings ", said)
        self.assertIn("confirmed by city", said)
        self.assertIn("injured_count of 2 reports of it: 2 to 3, and no sum", said)
        # Nothing is merged and nothing is summed.
        counts = [record["incident"]["injured_count"]
                  for record in self.cli.records(city.endpoint, "incident")]
        self.assertEqual(sorted(counts), [2, 3])

        for _ in range(2):
            self.cli.done("unrelate", there, here, "--endpoint", city.endpoint)
            self.assert_related(city, here, there, "RELATION_REJECTED")
        self.cli.done("relate", there, here, "--endpoint", city.endpoint)
        self.assert_related(city, here, there, "RELATION_CONFIRMED")
        self.assertEqual(len(self.cli.records(city.endpoint, "relation")), 1)
        # The city's own: a county that sees one of the two hears nothing of the other.
        self.assertEqual(self.cli.records(kings.endpoint, "relation"), [])

    def test_a_county_relates_its_stations_records_and_the_city_sees_it(self):
        city = self.city()
        self.started(city)
        county = self.daemon("city/kings", parent=city, hub=True)
        self.started(county)
        posts = [self.daemon(f"city/kings/{name}", parent=county) for name in ("e201", "l101")]
        self.started(*posts)
        one, other = (self.report(post, post.name)["record"]["name"] for post in posts)
        support.wait_until("the county has both", lambda: len(self.lines(county)) == 2,
                           support.SECONDS)
        refused = self.cli.run("relate", one, one, "--endpoint", county.endpoint)
        self.assertEqual(refused.code, REFUSED, refused.err)
        self.cli.done("relate", one, other, "--as", "part-of", "--endpoint", county.endpoint)
        self.assert_related(county, one, other, "RELATION_CONFIRMED", by="city/kings")
        support.wait_until("the city has the relation",
                           lambda: self.cli.records(city.endpoint, "relation"), support.SECONDS)
        self.assert_related(city, one, other, "RELATION_CONFIRMED", by="city/kings")
        said = self.cli.done("show", one, "--endpoint", city.endpoint).out
        self.assertIn("part of kings/l101 ", said)
        self.assertEqual(self.cli.records(posts[0].endpoint, "relation"), [])

    def assert_related(self, at, one, other, state, by="city"):
        """Seen from both of them."""
        for name, partner in ((one, other), (other, one)):
            record = self.cli.json("show", name, "--endpoint", at.endpoint)
            [related] = record["related"]
            self.assertEqual((related["other_name"], related["state"]), (partner, state))
            if state == "RELATION_CONFIRMED":
                self.assertEqual(related["jurisdiction"], by)


if __name__ == "__main__":
    unittest.main()
