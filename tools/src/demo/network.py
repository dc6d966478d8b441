"""One network on this machine: the city, its counties, their stations.

A hub and a station of its own are real daemons; the other stations of a county share one process of
the load generator, which runs the same code and speaks the same protocol.
"""
import concurrent.futures
import os
import re

from cable import Cable
from dataset import COUNTIES
from processes import Failed, listens, wait_until

START_SECONDS = 60
# The county whose line to the city can be cut, and that of its busiest station to it.
CABLED = "kings"
# A daemon stops within 5 s with whatever is open; a machine that is busy with others may need more.
STOP_SECONDS = 5


def together(work, items):
    """Runs `work` for each, two at a time, and gives the results in order."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(work, items))


class Daemon:
    """A hub, or a station of its own."""

    def __init__(self, cli, processes, ports, folder, jurisdiction, name, parent=None, hub=False):
        self._cli, self._processes = cli, processes
        self.folder, self.jurisdiction, self.name = folder, jurisdiction, name
        self.parent, self.hub = parent, hub
        self._port = ports.take()
        self.endpoint = f"127.0.0.1:{self._port}"
        self.children = f"127.0.0.1:{ports.take()}" if hub else None
        self.process = None
        # What stands between this one and its parent, where that can be cut.
        self.cable = None

    @property
    def config(self):
        return os.path.join(self.folder, "tocsin.toml")

    def init(self):
        arguments = ["init", "--dir", self.folder, "--name", self.name, "--jurisdiction",
                     self.jurisdiction, "--api-listen", self.endpoint]
        if self.hub:
            arguments += ["--hub", "--children-listen", self.children]
        if self.parent:
            uplink = self.cable.address if self.cable else self.parent.children
            arguments += ["--issuer", self.parent.folder, "--uplink", uplink]
        self._cli.done(*arguments)
        # Who watches waits for a reconnection no longer than this.
        self.set_config("reconnect_max", '"2s"')

    def set_config(self, key, value):
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        changed, count = re.subn(rf"^#? ?{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
        if count != 1:
            raise Failed(f"{self.config} has no setting '{key}'")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(changed)

    def start(self, before=()):
        """`before` stands before the program: what runs it."""
        program = "tocsin-hub" if self.hub else "tocsin-node"
        path = os.path.join(os.path.dirname(self._cli.program), program)
        self.process = self._processes.start(self.jurisdiction,
                                             [*before, path, "--config", self.config])

    def wait_ready(self):
        def ready():
            if not self.process.running():
                raise Failed(f"{self.jurisdiction} ended at its start{self.process.last_words()}")
            return listens(self._port) and self.status()

        return wait_until(f"{self.jurisdiction} answers", ready, START_SECONDS)

    def status(self):
        return self._cli.status(self.endpoint)

    def kill(self):
        self.process.kill()

    def stop(self, seconds=STOP_SECONDS):
        """Asks it to stop; its exit code must say that it did so in order."""
        self.process.ask_to_stop()
        code = self.process.wait_for_end(seconds)
        if code != 0:
            raise Failed(f"{self.jurisdiction} ended with {code}{self.process.last_words()}")


class Generator:
    """Many stations of one county in one process."""

    def __init__(self, processes, program, county, list_path, dataset, mappings):
        self.county, self._processes = county, processes
        self._arguments = [program, "run", "--stations", list_path,
                           "--mapping", os.path.join(mappings, dataset.fires.mapping),
                           "--file", dataset.fires.file]
        for name, path in dataset.fires.aids.items():
            self._arguments += ["--aid", f"{name}={path}"]
        self.process = None
        self.stations = self.rows = self.offered = 0

    def start(self):
        self.process = self._processes.start(f"stations-{self.county}", self._arguments, talks=True)

    def wait_ready(self):
        opened = self.process.answer("opened", START_SECONDS)
        self.stations, self.rows = opened["stations"], opened["rows"]

    def offer(self, count):
        """Files so many more rows; each is durable at its station when this returns."""
        count = min(count, self.rows - self.offered)
        if count == 0:
            return
        filed = self.process.ask(f"go {count}", "filed", 300)
        if filed["filed"] != count:
            raise Failed(f"{self.county}: of {count} reports {filed['filed']} were filed: {filed}")
        self.offered += count

    def held(self):
        return self.process.ask("receipts", "receipts", 120)

    def stop(self, seconds=STOP_SECONDS):
        self.process.ask_to_stop()
        code = self.process.wait_for_end(seconds)
        if code != 0:
            raise Failed(f"the stations of {self.county} ended with {code}"
                         f"{self.process.last_words()}")


class Network:
    """`plan` says how many rows each station has, by scope."""

    def __init__(self, root, cli, processes, ports, dataset, mappings, plan, daemons_a_county):
        self.root, self._cli, self._processes = root, cli, processes
        self.city = Daemon(cli, processes, ports, os.path.join(root, "city"), "city", "City",
                           hub=True)
        self.counties = {}
        self.stations = {}
        self.generators = {}
        self._shared = []
        stations_program = os.path.join(os.path.dirname(cli.program), "tocsin-stations")
        self._stations_program = stations_program
        self.cabled_station = None
        for county in COUNTIES:
            hub = Daemon(cli, processes, ports, os.path.join(root, county), f"city/{county}",
                         county.capitalize(), parent=self.city, hub=True)
            self.counties[county] = hub
            below = [scope for scope in plan if scope.startswith(f"city/{county}/")]
            busy = sorted(below, key=lambda scope: (-plan[scope], scope))[:daemons_a_county]
            for scope in busy:
                self.stations[scope] = Daemon(cli, processes, ports, self._folder(scope), scope,
                                              _name(scope), parent=hub)
            if county == CABLED:
                self.cabled_station = self.stations[busy[0]]
                for child in (hub, self.cabled_station):
                    child.cable = Cable(ports.take(), child.parent.children)
            shared = [scope for scope in below if scope not in busy]
            path = os.path.join(root, f"stations-{county}.tsv")
            self._shared.append((path, hub, shared))
            self.generators[county] = Generator(processes, stations_program, county, path, dataset,
                                                mappings)

    def _folder(self, scope):
        return os.path.join(self.root, *scope.split("/")[1:2], "stations", scope.split("/")[2])

    def init(self):
        self.city.init()
        together(Daemon.init, self.counties.values())
        together(Daemon.init, self.stations.values())

        def init_shared(shared):
            path, hub, scopes = shared
            with open(path, "w", encoding="utf-8") as file:
                for scope in scopes:
                    file.write("\t".join([self._folder(scope), scope, _name(scope), hub.folder,
                                          hub.children]) + "\n")
            made = self._processes.start("init-" + os.path.basename(path),
                                         [self._stations_program, "init", "--stations", path],
                                         talks=True)
            made.answer("made", 120)
            if made.wait_for_end(10) != 0:
                raise Failed(f"the stations of {path} could not be made{made.last_words()}")

        together(init_shared, self._shared)

    def start(self):
        for wave in ([self.city], self.counties.values(), self.stations.values(),
                     self.generators.values()):
            for process in wave:
                process.start()
            for process in wave:
                process.wait_ready()

    def cut_cables(self):
        for child in (self.cabled_station, self.cabled_station.parent):
            child.cable.cut()

    def mend_cables(self):
        for child in (self.cabled_station, self.cabled_station.parent):
            child.cable.mend()

    def everything(self):
        """From the bottom up: the order in which to stop."""
        return [*self.generators.values(), *self.stations.values(), *self.counties.values(),
                self.city]


def _name(scope):
    return scope.split("/")[-1].upper()
