"""The story that `tools/demo` tells: a city's fires, reported through its counties, one of which
dies on the way; and the proof that nothing was lost.

Nothing here waits for a time to pass: each step waits until something is so, with a deadline.
"""
import json
import time

from bridge import Bridge
from cli import count_of
from dataset import COUNTIES, REAL, RECTANGLE
from network import together
from processes import Failed, wait_until

KILLED = "kings"
BEFORE_THE_KILL = 0.40
HELD_SECONDS = 300


def check(holds, what):
    if not holds:
        raise Failed(what)


def check_equal(what, got, wanted):
    check(got == wanted, f"{what}: {got}, and not {wanted} as it must be")


class Scenario:
    def __init__(self, cli, network, dataset, mappings, plan, say):
        self.cli, self.network, self.dataset = cli, network, dataset
        self.mappings, self.plan, self.say = mappings, plan, say
        self.expected = dataset.expected
        self.begun = time.monotonic()
        self.result = {}
        self.offered_before = {}
        # Reports that the bridge's story adds to those of the files.
        self.told = 0

    # -- The parts of the story.

    def check_plan(self):
        """The files are the ones that are known, and say the same to both readers of them."""
        plan, expected = self.plan, self.expected
        check_equal("fires read", plan["read"], expected.read)
        check_equal("fires to file", plan["ready"], len(expected.fires))
        check_equal("stations", plan["stations"], expected.stations)
        if self.dataset.name == "real":
            found = {"stations": expected.stations, "read": expected.read, "filed": plan["ready"],
                     "flagged": plan["flagged"], "shelters": expected.shelters,
                     "sites": expected.sites, "permits": expected.permits,
                     "zones": expected.zones, "residents": expected.residents}
            check_equal("the files", found, REAL)

    def import_places(self):
        """Shelters, sites, permits, zones and headcounts, each at the hub of its county."""
        begun = time.monotonic()

        def import_at(county):
            hub = self.network.counties[county]
            for source in self.dataset.others:
                self._import(source, hub)

        together(import_at, COUNTIES)
        expected = self.expected
        wanted = {"shelter": expected.shelters, "site": expected.sites, "permit": expected.permits,
                  "zone": expected.zones, "headcount": expected.headcounts}

        def at_counties():
            statuses = [hub.status() for hub in self.network.counties.values()]
            return {kind: sum(count_of(status, kind.upper()) for status in statuses)
                    for kind in wanted}

        check_equal("filed at the counties", at_counties(), wanted)
        self.say(f"the counties filed {_counts(wanted)} in {_since(begun)}")

    def offer_until_the_kill(self):
        """Reports at their stations, until the city has 40 % of all in its hands."""
        wanted = int(len(self.expected.fires) * BEFORE_THE_KILL) + 1
        generators = list(self.network.generators.values())
        rows = sum(generator.rows for generator in generators)
        for generator in generators[1:]:
            generator.offer(generator.rows * wanted // rows)
        generators[0].offer(wanted - sum(generator.offered for generator in generators))
        self.offered_before = {each.county: each.offered for each in generators}
        check_equal("reports offered before the kill", sum(self.offered_before.values()), wanted)
        begun = time.monotonic()
        wait_until(f"the city holds {wanted} reports", lambda: self.at_city() >= wanted,
                   HELD_SECONDS)
        self.say(f"the city holds {wanted} of {len(self.expected.fires)} reports, "
                 f"{_since(begun)} after the last of them was filed; the rest is not offered yet")

    def kill_a_county(self):
        hub = self.network.counties[KILLED]
        hub.kill()
        check(not hub.process.running(), f"{hub.jurisdiction} still runs")
        self.result["killed_county"] = hub.jurisdiction
        self.say(f"killed {hub.jurisdiction} (kill -9)")

    def offer_the_rest(self):
        """Also at the stations of the dead county: they file as if nothing had happened."""
        for generator in self.network.generators.values():
            generator.offer(generator.rows)
        fires = self.dataset.fires

        together(lambda station: self._import(fires, station), self.network.stations.values())
        alive = [county for county in COUNTIES if county != KILLED]
        together(lambda county: self._import(fires, self.network.counties[county]), alive)
        wanted = self._passed_on_without_the_dead()
        wait_until(f"the city holds what the living counties pass on, {wanted} reports",
                   lambda: self.at_city() == wanted, HELD_SECONDS)
        total = len(self.expected.fires)
        self.say(f"filed the rest, in {KILLED} as well; the city holds {wanted} of {total} reports: "
                 f"{total - wanted} wait at the posts of {KILLED}")

    def restart_the_county(self):
        hub = self.network.counties[KILLED]
        begun = time.monotonic()
        hub.start()
        hub.wait_ready()
        self._import(self.dataset.fires, hub)
        wait_until("the city holds every report",
                   lambda: self.at_city() >= len(self.expected.fires), HELD_SECONDS)
        self.say(f"{hub.jurisdiction} is back; the city held every report {_since(begun)} after "
                 f"its restart")

    def wait_for_receipts(self):
        """Until every post that filed a report has the city's receipt for it."""
        begun = time.monotonic()
        held = {county: wait_until(f"the city's receipts are at the stations of {county}",
                                   lambda g=generator: self._all_held(g), HELD_SECONDS)
                for county, generator in self.network.generators.items()}
        at_generators = sum(each["held_by_root"] for each in held.values())
        posts = [*self.network.stations.values(), *self.network.counties.values()]
        at_posts = sum(together(self._wait_for_receipts_at, posts))
        together(self._wait_for_parent, self.network.counties.values())
        offered = sum(generator.offered for generator in self.network.generators.values())
        self.result["reports_filed"] = offered + at_posts
        self.result["held_by_city"] = at_generators + at_posts
        self.result["receipts_complete"] = True
        check_equal("reports with the city's receipt where they were filed",
                    self.result["held_by_city"], len(self.expected.fires))
        self.say(f"the city's receipt for each of the {at_generators + at_posts} reports is at the "
                 f"post that filed it ({_since(begun)})")

    def ask_the_city(self):
        """Incidents by place, by type, by severity; and what the counties filed."""
        expected, city = self.expected, self.network.city.endpoint
        held = self._keys(city)
        self.result["lost"] = len(expected.keys() - held)
        check_equal("reports lost", self.result["lost"], 0)
        check_equal("reports that nobody filed", held - expected.keys(), set())
        rectangle = ",".join(str(corner) for corner in RECTANGLE)
        begun = time.monotonic()
        within = self._keys(city, "--within", rectangle)
        took = time.monotonic() - begun
        check_equal("fires on the rectangle", within, expected.keys_within(RECTANGLE))
        building = self._keys(city, "--filter", 'nfirs_type = "111"')
        check_equal("building fires", building, expected.keys_of_type("111"))
        county = self._keys(city, "--scope", f"city/{KILLED}")
        check_equal(f"fires of {KILLED}", county, expected.keys_of_borough(KILLED))
        residents = sum(int(record["headcount"]["residents"].get("exactly", 0))
                        for record in self.cli.records(city, "headcount"))
        check_equal("residents", residents, expected.residents)
        status = self.network.city.status()
        for kind, wanted in (("SHELTER", expected.shelters), ("SITE", expected.sites),
                             ("PERMIT", expected.permits), ("ZONE", expected.zones)):
            check_equal(f"at the city, {kind.lower()}s", count_of(status, kind), wanted)
        self.result["queries"] = {"within": len(within), "building_fires": len(building),
                                  f"city/{KILLED}": len(county), "residents": residents}
        self.say(f"asked the city: {len(within)} fires on the rectangle {rectangle} "
                 f"({took * 1000:.0f} ms with the command's start), {len(building)} building fires, "
                 f"{len(county)} in {KILLED}; {residents} residents in {expected.zones} zones")

    def tell_of_the_bridge(self):
        """One fire edited apart by three posts, until every node shows one decision."""
        bridge = Bridge(self.cli, self.network, self.say)
        self.told = 2
        bridge.play()
        self.result.update(bridge.result)

    def stop(self):
        begun = time.monotonic()
        for process in self.network.everything():
            process.stop()
        self.say(f"stopped {len(self.network.everything())} processes in order ({_since(begun)})")

    def verify_chains(self):
        report = self.cli.json("audit", "verify", "--dir", self.network.city.folder)
        problems = int(report.get("problems_total", 0))
        check_equal("what does not hold in the city's log", problems, 0)
        self.result["chains_verified"] = int(report["lanes"])
        check(self.result["chains_verified"] > 0, "the city's log has no chain")
        self.say(f"every chain at the city holds: {report['lanes']} chains, {report['changes']} "
                 f"changes, {report['seals']} seals, {report['receipts']} receipts")

    def run_once(self):
        self.check_plan()
        self.import_places()
        self.offer_until_the_kill()
        self.kill_a_county()
        self.offer_the_rest()
        self.restart_the_county()
        self.wait_for_receipts()
        self.ask_the_city()
        self.tell_of_the_bridge()
        self.stop()
        self.verify_chains()

    def summary(self):
        network = self.network
        ordered = {"stations": self.expected.stations, "counties": len(network.counties),
                   "daemons": 1 + len(network.counties) + len(network.stations)}
        for key in ("reports_filed", "held_by_city", "receipts_complete", "chains_verified", "lost",
                    "queries", "killed_county", "conflicts_seen", "conflicts_resolved",
                    "views_equal"):
            ordered[key] = self.result[key]
        ordered["seconds"] = round(time.monotonic() - self.begun, 1)
        ordered["data"] = self.dataset.name
        return json.dumps(ordered)

    # -- Parts of the parts.

    def at_city(self):
        """Of those that the files have."""
        return self.cli.count(self.network.city.endpoint, "INCIDENT") - self.told

    def _passed_on_without_the_dead(self):
        """All reports but those filed in the dead county since its death."""
        dead = f"city/{KILLED}"
        below = sum(rows for scope, rows in self.plan["rows"].items()
                    if scope == dead or scope.startswith(dead + "/"))
        return len(self.expected.fires) - below + self.offered_before[KILLED]

    def _import(self, source, daemon):
        self.cli.done("import", *source.arguments(self.mappings), "--only-scope",
                      daemon.jurisdiction, "--endpoint", daemon.endpoint)

    def _keys(self, endpoint, *selection):
        records = self.cli.records(endpoint, "incident", *selection)
        keys = {record["incident"]["source"]["key"] for record in records}
        check_equal("records and their keys", len(records), len(keys))
        return keys

    @staticmethod
    def _all_held(generator):
        held = generator.held()
        return held if held["held_by_root"] == held["changes"] == generator.offered else None

    def _wait_for_receipts_at(self, daemon):
        """How many reports this post filed itself."""
        filed = self.plan["rows"].get(daemon.jurisdiction, 0)
        if filed == 0:
            return 0

        def own():
            records = self.cli.records(daemon.endpoint, "incident")
            names = [record["name"] for record in records if record["scope"] == daemon.jurisdiction]
            return names if len(names) == filed else None

        waiting = set(wait_until(f"{daemon.jurisdiction} shows its {filed} reports", own, 60))

        def none_waits():
            waiting.difference_update([name for name in waiting if self._city_holds(daemon, name)])
            return not waiting

        wait_until(f"the city's receipts are at {daemon.jurisdiction}", none_waits, HELD_SECONDS)
        return filed

    def _city_holds(self, daemon, name):
        receipts = self.cli.json("receipts", name, "--endpoint", daemon.endpoint)
        return any(holder["jurisdiction"] == "city"
                   and int(holder.get("changes_held", 0)) == int(receipts["changes"])
                   and not holder.get("taken_back", False)
                   for holder in receipts["holder"])

    def _wait_for_parent(self, hub):
        """The city vouches for all that this county passes on, places included."""
        def complete():
            parents = [link for link in hub.status()["link"] if link.get("is_parent")]
            return parents and all(int(link.get("changes_without_receipt", 0)) == 0
                                   for link in parents)

        wait_until(f"the city vouches for all of {hub.jurisdiction}", complete, HELD_SECONDS)


def _since(begun):
    return f"{time.monotonic() - begun:.1f} s"


def _counts(wanted):
    return ", ".join(f"{count} {kind}s" for kind, count in wanted.items())
