"""Stations whose clocks are years off: they file while the line is down, are corrected at their first
Hello before they write on, and what the city lists is in a sane order."""
import datetime
import glob
import unittest

import support

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
# A machine without a battery, and one whose battery was never set.
BOOTED = {"city/b1970": "1970-01-01 00:10:00", "city/b2036": "2036-02-07 06:00:00"}
# Between a correction as it was told and the time at which the test looks.
SLACK_SECONDS = 60


def at(time):
    """What runs a program at another time, the steady clock excepted."""
    return ["env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME=@{time}", "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "TZ=UTC"]


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def booted_at(name):
    return seconds_of(BOOTED[name].replace(" ", "T") + "+00:00")


def now():
    return datetime.datetime.now(datetime.timezone.utc).timestamp()


@unittest.skipIf(LIBRARY is None, "faketime is not installed; tools/setup installs it")
class Clocks(support.TestCase):
    def test_stations_that_booted_in_1970_and_2036_are_corrected_before_they_write_on(self):
        city = self.city()
        stations = [self.daemon(name, parent=city) for name in BOOTED]
        for station in stations:
            station.start(before=at(BOOTED[station.jurisdiction]))
        for station in stations:
            station.wait_ready()
            self.assertFalse(station.status().get("clock_synced", False))
            self.report(station, f"free {station.jurisdiction}")
            # What a person says of when it was stays as it was said.
            self.report(station, f"typed {station.jurisdiction}", observed="2015-06-01T14:30:00Z")
            # The next process dials at once: gRPC's waits for another try end by the kernel's clock,
            # which libfaketime does not move.
            station.stop()
        self.started(city)
        for station in stations:
            station.start(before=at(BOOTED[station.jurisdiction]))
            station.wait_ready()
            status = support.wait_until(f"{station.jurisdiction} is corrected",
                                        lambda each=station: self.corrected(each), support.SECONDS)
            self.assertAlmostEqual(float(status["clock_correction"].rstrip("s")),
                                   now() - booted_at(station.jurisdiction), delta=SLACK_SECONDS)
            self.report(station, f"synced {station.jurisdiction}")
        support.wait_until("the city has all", lambda: self.cli.count(
            city.endpoint, "INCIDENT") == 3 * len(stations), support.SECONDS)
        self.check_times(city)
        self.check_edited(city)

    @staticmethod
    def corrected(station):
        status = station.status()
        return status if status and status.get("clock_synced") else None

    def check_times(self, city):
        by_line = {record["incident"]["description"]: record
                   for record in self.cli.records(city.endpoint, "incident")}
        for name in BOOTED:
            free, typed = by_line[f"free {name}"], by_line[f"typed {name}"]
            synced = by_line[f"synced {name}"]
            # Nothing is corrected afterwards.
            self.assertAlmostEqual(seconds_of(free["create_time"]), booted_at(name),
                                   delta=SLACK_SECONDS)
            for time in (synced["create_time"], synced["incident"]["observed_time"]):
                self.assertAlmostEqual(seconds_of(time), now(), delta=SLACK_SECONDS)
            self.assertEqual(typed["incident"]["observed_time"], "2015-06-01T14:30:00Z")

    def check_edited(self, city):
        """Touched by a clock that is right, a record stands among those of today, and remains its
        station's."""
        for name in BOOTED:
            record, = [record for record in self.cli.records(city.endpoint, "incident")
                       if record["incident"]["description"] == f"free {name}"]
            words = [record["scope"], record["code"], "--endpoint", city.endpoint]
            self.cli.done("edit", *words, "--set", "injured_count=1")
            edited = self.cli.json("show", *words)
            self.assertAlmostEqual(seconds_of(edited["update_time"]), now(), delta=SLACK_SECONDS)
            self.assertEqual(edited["filed_by"], name)


if __name__ == "__main__":
    unittest.main()
