"""Kills a station and its county again and again while reports are filed and edited, and checks
that nothing which was said to be done or held is gone.

usage: kill_loop.py [--seconds N] [--seed N]
"""
import argparse
import random
import sys
import threading
import time
import unittest

import support

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("--seconds", type=float, default=20, help="how long to go on killing (20)")
ARGUMENTS.add_argument("--seed", type=int, default=None, help="of an earlier run")


class Filer:
    """Someone at the station who files one report after the other, and remembers each of which the
    command said that it was filed."""

    def __init__(self, test, station):
        self._test, self._station = test, station
        self._stop = threading.Event()
        self.done, self.unanswered = [], 0
        self._thread = threading.Thread(target=self._file)

    def start(self):
        self._thread.start()

    def end(self):
        self._stop.set()
        self._thread.join()

    def _file(self):
        number = 0
        while not self._stop.is_set():
            number += 1
            line = f"report {number}"
            answer = self._test.cli.run(
                "report", "incident", "--endpoint", self._station.endpoint, "--what", "fire",
                "--where", "40.7,-73.9", "--how-bad", "grave" if number % 5 == 0 else "serious",
                "--line", line, "--output", "json", "--timeout", "5s")
            if answer.code == 0:
                self.done.append(line)
            else:
                # Not known to be filed, nor to be not filed.
                self.unanswered += 1


class KillLoop(support.TestCase):
    seconds = 20
    seed = None

    def test_nothing_that_was_done_or_held_is_lost(self):
        seed = self.seed if self.seed is not None else random.randrange(1 << 30)
        chance = random.Random(seed)
        city = self.city()
        kings = self.daemon("city/kings", parent=city, hub=True)
        e201 = self.daemon("city/kings/e201", parent=kings)
        self.started(city, kings, e201)
        filer = Filer(self, e201)
        filer.start()
        kills = {kings.jurisdiction: 0, e201.jurisdiction: 0}
        vouched = set()
        deadline = time.monotonic() + self.seconds
        try:
            while time.monotonic() < deadline:
                victim = chance.choice((kings, e201))
                # At any moment of a few writes: between two reports, or inside one.
                before = len(filer.done)
                wanted = before + chance.randrange(1, 4)
                support.wait_until("reports are filed", lambda: len(filer.done) >= wanted
                                   or time.monotonic() > deadline, support.SECONDS, every=0.005)
                victim.kill()
                kills[victim.jurisdiction] += 1
                # What the city shows, it holds: it must show it for ever.
                vouched |= self.lines(city)
                victim.start()
                victim.wait_ready()
        finally:
            filer.end()
        told = f"seed {seed}, kills {kills}, {len(filer.done)} filed, {filer.unanswered} unanswered"
        print(told, file=sys.stderr)
        self.assertGreater(sum(kills.values()), 0, told)
        self.assertGreater(len(filer.done), 0, told)
        done = set(filer.done)
        self.assertLessEqual(done, self.lines(e201), told)
        support.wait_until("the city shows all that the station shows",
                           lambda: self.lines(city) == self.lines(e201), support.SECONDS)
        self.assertLessEqual(done | vouched, self.lines(city), told)
        self.assertEqual(self.lines(kings), self.lines(city), told)
        # Filed once each: a retry or a replay made no second record.
        records = self.cli.records(city.endpoint, "incident")
        self.assertEqual(len(records), len(self.lines(city)), told)
        self.receipts_are_complete(e201)
        for daemon in (e201, kings, city):
            daemon.stop()
            report = self.audit(daemon)
            self.assertEqual(int(report.get("forks", 0)), 0, told)
            self.assertEqual(int(report.get("gaps", 0)), 0, told)

    def receipts_are_complete(self, station):
        names = [record["name"] for record in self.cli.records(station.endpoint, "incident")]

        def held(name):
            receipts = self.cli.json("receipts", name, "--endpoint", station.endpoint)
            holders = {holder["jurisdiction"]: int(holder.get("changes_held", 0))
                       for holder in receipts["holder"]}
            return all(holders.get(above) == int(receipts["changes"])
                       for above in ("city", "city/kings"))

        # The last one's receipt covers the others' as a rule; each is asked about.
        for name in names:
            support.wait_until(f"county and city vouch for {name}", lambda n=name: held(n),
                               support.SECONDS)


if __name__ == "__main__":
    options, others = ARGUMENTS.parse_known_args()
    KillLoop.seconds, KillLoop.seed = options.seconds, options.seed
    unittest.main(argv=[sys.argv[0], *others])
