"""The part of the story that people watch: one fire, edited by three posts that cannot reach one
another, and by a fourth across the water.

The cables to the county and to its station are cut, so that station, county and city go on apart.
After that every node must show the same record, both texts, and one conflict; a duty officer settles
it, and every node must show that.
"""
import json

from cli import count_of
from processes import Failed, wait_until

SECONDS = 60
# A bridge between two counties, and who stands at either end of it.
HERE, THERE = "kings", "manhattan"
PLACE = "40.7061,-73.9969"
AT_STATION = "smoke over the east tower, two lanes closed"
AT_CITY = "fire on the deck, bridge closed to traffic"
SETTLED = "fire on the deck at the east tower, bridge closed to traffic"
# What posts file, and what the hubs of counties do besides.
KINDS = ("incident", "relation")
KINDS_OF_HUBS = ("shelter", "site", "permit", "zone", "headcount")


def check(holds, what):
    if not holds:
        raise Failed(what)


class Bridge:
    """Played on a network that stands and has nothing under way; told by `say`."""

    def __init__(self, cli, network, say):
        self.cli, self.network, self.say = cli, network, say
        self.city = network.city
        self.county = network.counties[HERE]
        self.station = network.cabled_station
        self.opposite = network.counties[THERE]
        self.other_station = next(
            station for station in network.stations.values()
            if station.jurisdiction.startswith(f"city/{THERE}/"))
        self.name = self.other_name = None
        self.result = {"conflicts_seen": 0, "conflicts_resolved": 0, "views_equal": False}

    def play(self):
        self.file()
        self.edit_apart()
        self.see_the_conflict()
        self.settle()
        self.link_with_the_other_side()
        self.compare_all()

    # -- The parts.

    def file(self):
        self.name = self._report(self.station, "smoke on the bridge")
        self.other_name = self._report(self.other_station, "fire on the bridge, seen from the west")
        for at, name in ((self.county, self.name), (self.city, self.name),
                         (self.city, self.other_name)):
            wait_until(f"{at.jurisdiction} has the report", lambda at=at, name=name:
                       self._shown(at, name), SECONDS)
        self.say(f"{self.station.jurisdiction} reports a fire on the bridge; the county and the "
                 "city have it")

    def edit_apart(self):
        self.network.cut_cables()
        for child, parent in ((self.station, self.county), (self.county, self.city)):
            wait_until(f"{child.jurisdiction} sees that its line is down",
                       lambda child=child: not _has_parent(child.status()), SECONDS)
        self.say(f"CUT: the lines {self.station.jurisdiction} - {self.county.jurisdiction} - city")
        self._edit(self.station, f"description={AT_STATION}")
        self._edit(self.county, "severity=extreme")
        self._edit(self.city, f"description={AT_CITY}")
        self.say(f"apart, the station writes: {AT_STATION}")
        self.say("       the county raises severity to extreme")
        self.say(f"       the city writes:    {AT_CITY}")
        self.network.mend_cables()

    def see_the_conflict(self):
        holders = (self.station, self.county, self.city)

        def in_conflict(at):
            record = self._shown(at, self.name)
            return record if record and record.get("conflict") and \
                record["incident"]["severity"] == "SEVERITY_EXTREME" else None

        records = [wait_until(f"{at.jurisdiction} shows the conflict and the higher severity",
                              lambda at=at: in_conflict(at), SECONDS) for at in holders]
        for at, record in zip(holders, records):
            check(len(record["conflict"]) == 1, f"{at.jurisdiction} shows {record['conflict']}")
            [conflict] = record["conflict"]
            check(conflict["field"] == "description", f"{at.jurisdiction}: {conflict['field']}")
            texts = {json.loads(value["value_json"]) for value in conflict["value"]}
            check(texts == {AT_STATION, AT_CITY}, f"{at.jurisdiction} shows {texts}")
        listed = self.cli.records(self.city.endpoint, "incident", "--filter", "conflict = true")
        check([record["name"] for record in listed] == [self.name],
              f"in conflict at the city: {[record['name'] for record in listed]}")
        self.result["conflicts_seen"] = len(listed)
        self.say("MENDED: all three show severity extreme, and one conflict, with both texts:")
        left, right = sorted(records[0]["conflict"][0]["value"],
                             key=lambda value: value["jurisdiction"])
        for mine, theirs in ((left["jurisdiction"], right["jurisdiction"]),
                             (json.loads(left["value_json"]), json.loads(right["value_json"]))):
            self.say(f"    {mine:<46} | {theirs}")

    def settle(self):
        self.cli.done("resolve", self.name, "description", "--value", SETTLED, "--reason",
                      "combined", "--endpoint", self.county.endpoint)

        def settled(at):
            record = self._shown(at, self.name)
            return record if record and not record.get("conflict") else None

        for at in (self.station, self.county, self.city):
            record = wait_until(f"{at.jurisdiction} shows the decision",
                                lambda at=at: settled(at), SECONDS)
            check(record["incident"]["description"] == SETTLED,
                  f"{at.jurisdiction} shows {record['incident']['description']}")
            check(record["incident"]["severity"] == "SEVERITY_EXTREME",
                  f"{at.jurisdiction} shows {record['incident']['severity']}")
        left = self.cli.records(self.city.endpoint, "incident", "--filter", "conflict = true")
        check(not left, f"still in conflict at the city: {[record['name'] for record in left]}")
        self.result["conflicts_resolved"] = 1
        self.say("the county's duty officer settles it (combined): " + SETTLED)

    def link_with_the_other_side(self):
        for _ in range(2):
            self.cli.done("relate", self.name, self.other_name, "--as", "same-event", "--endpoint",
                          self.city.endpoint)
        for name, other in ((self.name, self.other_name), (self.other_name, self.name)):
            related = self._shown(self.city, name).get("related", [])
            check([(each["other_name"], each["state"]) for each in related]
                  == [(other, "RELATION_CONFIRMED")], f"{name} is related to {related}")
        check(count_of(self.city.status(), "RELATION") == 1, "the city holds other than 1 relation")
        self.say(f"the city links it with the report of {self.other_station.jurisdiction}, across "
                 "the water: the same event, two records, casualties never summed")

    def compare_all(self):
        """Each record of each node with the city's, field by field, conflicts and etags included."""
        compared = 0
        hubs = [*self.network.counties.values()]
        nodes = [*hubs, *self.network.stations.values()]
        for kind in (*KINDS, *KINDS_OF_HUBS):
            at_city = self._by_name(self.city, kind)
            for node in nodes if kind in KINDS else hubs:
                below = {name: record for name, record in at_city.items()
                         if _lies_within(record["scope"], node.jurisdiction)}
                here = wait_until(f"{node.jurisdiction} has the {kind}s that the city has of it",
                                  lambda node=node, kind=kind, below=below:
                                  self._same(node, kind, below), SECONDS)
                compared += here[0]
        self.result["views_equal"] = True
        self.say(f"every node shows what the city shows: {compared} records compared, "
                 f"{len(nodes)} nodes")

    # -- Parts of the parts.

    def _same(self, node, kind, wanted):
        """How many the node shows, if they are those; what is on its way down may lack yet."""
        here = self._by_name(node, kind)
        return (len(here),) if here == wanted else None

    def _by_name(self, node, kind):
        return {record["name"]: record for record in self.cli.records(node.endpoint, kind)}

    def _report(self, at, line):
        filed = self.cli.json("report", "incident", "--what", "fire", "--where", PLACE, "--how-bad",
                              "serious", "--line", line, "--endpoint", at.endpoint)
        return filed["record"]["name"]

    def _edit(self, at, field):
        self.cli.done("edit", self.name, "--set", field, "--endpoint", at.endpoint)

    def _shown(self, at, name):
        answer = self.cli.run("show", name, "--endpoint", at.endpoint, "--output", "json")
        return answer.json() if answer.code == 0 else None


def _lies_within(scope, jurisdiction):
    return scope == jurisdiction or scope.startswith(jurisdiction + "/")


def _has_parent(status):
    return any(link.get("is_parent") and link.get("connected") for link in status["link"])
