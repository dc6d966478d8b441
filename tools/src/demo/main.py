"""tools/demo: a city of 219 stations on this machine."""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import synthetic
from cli import Cli
from dataset import Dataset, RECTANGLE
from network import Network
from processes import Failed, Ports, Processes, raise_file_limit
from scenario import KILLED, Scenario

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
MAPPINGS = os.path.join(TOP, "tools", "mappings")


def parse():
    parser = argparse.ArgumentParser(prog="tools/demo", description=__doc__)
    parser.add_argument("--once", action="store_true",
                        help="run the whole story, prove it, and end with one line of JSON")
    parser.add_argument("--synthetic", action="store_true",
                        help="a made-up city of the same shape, even where the real files are")
    parser.add_argument("--fires", type=int, default=600, help="reports of the made-up city")
    parser.add_argument("--zones", type=int, default=200, help="zones of the made-up city")
    parser.add_argument("--daemons", type=int, default=2, metavar="N",
                        help="stations of each county that get a daemon of their own (2)")
    parser.add_argument("--keep", metavar="DIR", help="work in DIR, which must be empty, and keep it")
    parser.add_argument("--bin", default=os.path.join(TOP, "build", "dev", "bin"),
                        help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.daemons < 1:
        parser.error("--daemons: the story needs a station of its own in each county")
    return arguments


def find_dataset(arguments, folder, say):
    root = os.environ.get("TOCSIN_DATA") or os.path.join(TOP, "..", "shared", "data")
    if not arguments.synthetic and os.path.isdir(os.path.join(root, "nyc-firehouses")):
        say(f"New York: its firehouses, and its severe fires of January to June 2015 ({root})")
        return Dataset(root, real=True)
    made = os.path.join(folder, "synthetic")
    synthetic.write(made, fires=arguments.fires, zones=arguments.zones)
    say("SYNTHETIC data: a made-up city of New York's shape"
        + ("" if arguments.synthetic else f", because {root} has no real files"))
    return Dataset(made, real=False)


def read_plan(bin_dir, dataset):
    """Where the importer will put each fire, station by station."""
    command = [os.path.join(bin_dir, "tocsin-stations"), "plan", "--file", dataset.fires.file,
               "--mapping", os.path.join(MAPPINGS, dataset.fires.mapping)]
    for name, path in dataset.fires.aids.items():
        command += ["--aid", f"{name}={path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    said = [json.loads(line) for line in done.stdout.splitlines()]
    plan = said.pop()
    plan["rows"] = {each["scope"]: each["rows"] for each in said}
    plan["station_rows"] = {each["scope"]: each["rows"] for each in said
                            if each["event"] == "station"}
    return plan


class Teller:
    def __init__(self):
        self.begun = time.monotonic()

    def __call__(self, line):
        print(f"{time.monotonic() - self.begun:7.1f} s  {line}", flush=True)


def stay(scenario, cli, say):
    """The whole city, filing its reports a few at a time, until Ctrl-C."""
    network = scenario.network
    city, kings = network.city.endpoint, network.counties[KILLED]
    tocsin = os.path.relpath(cli.program)
    rectangle = ",".join(map(str, RECTANGLE))
    scenario.check_plan()
    scenario.import_places()
    scenario.tell_of_the_bridge()
    print(f"""
All of it runs until Ctrl-C. Worth trying, in another terminal:

  {tocsin} status --endpoint {city}
  {tocsin} list incident --endpoint {city} --within {rectangle} --order "call_time desc"
  {tocsin} watch incident --endpoint {city}
  {tocsin} report incident --endpoint {next(iter(network.stations.values())).endpoint}
  kill -9 {kings.process.popen.pid}    # {kings.jurisdiction}; then start it again:
    {os.path.join(os.path.dirname(tocsin), "tocsin-hub")} --config {kings.config}
""", flush=True)
    generators = list(network.generators.values())
    total = len(scenario.expected.fires)
    shown = None
    while True:
        for generator in generators:
            generator.offer(1)
        held = sum(generator.held()["held_by_root"] for generator in generators)
        offered = sum(generator.offered for generator in generators)
        now = (offered, scenario.at_city(), held)
        if now != shown:
            say(f"{now[0]:5} of {total} reports filed by the shared stations; {now[1]:5} at the "
                f"city; {now[2]:5} with its receipt back at the post")
            shown = now
        time.sleep(1)


def run(arguments, folder, say):
    dataset = find_dataset(arguments, folder, say)
    cli = Cli(arguments.bin)
    plan = read_plan(arguments.bin, dataset)
    with Processes(os.path.join(folder, "logs")) as processes:
        network = Network(folder, cli, processes, Ports(), dataset, MAPPINGS,
                          plan["station_rows"], arguments.daemons)
        scenario = Scenario(cli, network, dataset, MAPPINGS, plan, say)
        network.init()
        say(f"made the identities of the city, {len(network.counties)} counties and "
            f"{plan['stations']} stations")
        network.start()
        say(f"started 1 city hub, {len(network.counties)} county hubs, {len(network.stations)} "
            f"station daemons, and {len(network.generators)} processes with the other "
            f"{sum(g.stations for g in network.generators.values())} stations")
        if not arguments.once:
            stay(scenario, cli, say)
        scenario.run_once()
        return scenario.summary()


def main():
    arguments = parse()
    raise_file_limit()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = arguments.keep or tempfile.mkdtemp(prefix="tocsin-demo-")
    os.makedirs(folder, exist_ok=True)
    if os.listdir(folder):
        print(f"tools/demo: {folder} is not empty", file=sys.stderr)
        return 2
    say = Teller()
    failed = True
    try:
        summary = run(arguments, folder, say)
        failed = False
        print(summary, flush=True)
        return 0
    except Failed as error:
        print(f"tools/demo: FAILED: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        failed = False
        say("stopped")
        return 130 if arguments.once else 0
    finally:
        if failed:
            print(f"tools/demo: what was written is kept in {folder}", file=sys.stderr)
        elif not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
