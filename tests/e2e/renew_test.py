"""A node's key is renewed while its line is down and it has reports that nobody holds yet."""
import os
import shutil
import time
import unittest

import support


class Renew(support.TestCase):
    def setUp(self):
        super().setUp()
        self.top = self.city()
        self.county = self.daemon("city/kings", parent=self.top, hub=True)
        self.station = self.daemon("city/kings/e201", parent=self.county)
        self.started(self.top, self.county, self.station)
        self.report(self.station, "held before")
        self.wait_at_city({"held before"})
        self.county.stop()
        self.report(self.station, "nobody holds it")
        self.assertGreater(self.without_receipt(self.station), 0)
        self.station.stop()

    @staticmethod
    def without_receipt(daemon, is_parent=True):
        """Of the link up, as counted there; of the only one below, as its child last said."""
        return sum(int(link.get("changes_without_receipt", 0)) for link in daemon.status()["link"]
                   if link.get("is_parent", False) == is_parent)

    def wait_at_city(self, lines):
        support.wait_until(f"the city has {lines}", lambda: self.lines(self.top) == lines,
                           support.SECONDS)

    def renew(self, *more):
        return self.cli.run("init", "--renew", "--dir", self.station.folder, "--issuer",
                            self.county.folder, *more)

    def everything_arrives(self):
        self.started(self.station)
        self.report(self.station, "written since")
        self.started(self.county)
        lines = {"held before", "nobody holds it", "written since"}
        self.wait_at_city(lines)
        self.assertEqual(self.lines(self.station), lines)
        support.wait_until("the station has the county's receipts for all",
                           lambda: self.without_receipt(self.station) == 0, support.SECONDS)
        support.wait_until("and has told it so",
                           lambda: self.without_receipt(self.county, is_parent=False) == 0,
                           support.SECONDS)
        for daemon in (self.station, self.county, self.top):
            self.audit(daemon)

    def test_what_the_former_key_left_unsealed_arrives_and_everything_verifies(self):
        renewed = self.renew()
        self.assertEqual(renewed.code, 0, renewed.err)
        self.everything_arrives()

    def test_with_the_key_lost_it_goes_on_under_the_new_one(self):
        os.remove(os.path.join(self.station.folder, "identity", "key.pem"))
        code, said = self.refused_start(self.station)
        self.assertEqual(code, 3, said)
        self.assertIn("--renew", said)
        renewed = self.renew()
        self.assertEqual(renewed.code, 0, renewed.err)
        self.everything_arrives()

    def test_with_the_whole_identity_lost_the_log_says_whose_it_is(self):
        shutil.rmtree(os.path.join(self.station.folder, "identity"))
        self.assertEqual(self.renew().code, 2)
        renewed = self.renew("--name", "e201", "--jurisdiction", "city/kings/e202")
        self.assertEqual(renewed.code, 0, renewed.err)
        code, said = self.refused_start(self.station)
        self.assertEqual(code, 3, said)
        self.assertIn("belongs to another node, e201 (city/kings/e201)", said)
        shutil.rmtree(os.path.join(self.station.folder, "identity"))
        # A certificate's dates are whole seconds, and nobody can read here when the lost one began.
        lost = int(time.time())
        support.wait_until("the next second", lambda: int(time.time()) > lost, support.SECONDS)
        renewed = self.renew("--name", "e201", "--jurisdiction", "city/kings/e201")
        self.assertEqual(renewed.code, 0, renewed.err)
        self.everything_arrives()

    def test_a_renewed_county_is_dialled_by_the_stations_it_certified_before(self):
        renewed = self.cli.run("init", "--renew", "--dir", self.county.folder, "--issuer",
                               self.top.folder)
        self.assertEqual(renewed.code, 0, renewed.err)
        self.everything_arrives()


if __name__ == "__main__":
    unittest.main()
