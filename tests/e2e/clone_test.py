"""A station's disk is copied, and both machines run."""
import os
import shutil
import unittest

import support


class Clone(support.TestCase):
    def alarms(self, daemon):
        return (self.cli.status(daemon.endpoint) or {}).get("alarm", [])

    def copied(self, station):
        """A machine with a copy of its disk, not started."""
        copy = self.daemon("city/spare", parent=self.city_hub)
        shutil.rmtree(copy.folder)
        shutil.copytree(station.folder, copy.folder)
        with open(copy.config, encoding="utf-8") as file:
            text = file.read()
        with open(copy.config, "w", encoding="utf-8") as file:
            file.write(text.replace(station.endpoint, copy.endpoint))
        return copy

    def test_the_hub_and_the_machine_that_it_refuses_raise_an_alarm(self):
        self.city_hub = self.started(self.city())
        station = self.started(self.daemon("city/e201", parent=self.city_hub))
        station.stop()
        copy = self.copied(station)
        self.started(station)
        self.assertEqual(self.alarms(station), [])
        self.started(copy)
        for daemon in (self.city_hub, station):
            support.wait_until("an alarm", lambda d=daemon: self.alarms(d), support.SECONDS)
            self.assertIn("city/e201: two machines run as this node", self.alarms(daemon)[0])
        # The one that came last goes on.
        self.assertEqual(self.alarms(copy), [])


if __name__ == "__main__":
    unittest.main()
