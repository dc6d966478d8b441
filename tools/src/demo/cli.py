"""The command line `tocsin`, as a program calls it."""
import json
import os
import subprocess

from processes import Failed

DONE, USAGE, REFUSED, UNREACHABLE, WITHHELD = 0, 2, 3, 4, 5


class Answer:
    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    def json(self):
        return json.loads(self.out)


class Cli:
    def __init__(self, bin_dir):
        self.program = os.path.join(bin_dir, "tocsin")

    def run(self, *arguments, seconds=300):
        """Whatever its exit code is."""
        command = [self.program, *map(str, arguments)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds, check=False)
        return Answer(command, done.returncode, done.stdout, done.stderr)

    def done(self, *arguments, codes=(DONE,), seconds=300):
        answer = self.run(*arguments, seconds=seconds)
        if answer.code not in codes:
            raise Failed(f"{' '.join(answer.arguments)} ended with {answer.code}:\n"
                         f"{answer.err.strip()}")
        return answer

    def json(self, *arguments, codes=(DONE,), seconds=300):
        return self.done(*arguments, "--output", "json", codes=codes, seconds=seconds).json()

    def status(self, endpoint):
        """Nothing while the node does not answer."""
        answer = self.run("status", "--endpoint", endpoint, "--output", "json")
        return answer.json() if answer.code == DONE else None

    def records(self, endpoint, kind, *selection):
        """All that match, whatever their number."""
        return self.json("list", kind, "--endpoint", endpoint, "--limit", 1_000_000, *selection)

    def count(self, endpoint, kind):
        """Of that kind, in the node's view."""
        status = self.status(endpoint)
        return 0 if status is None else count_of(status, kind)


def count_of(status, kind):
    for entry in status.get("records", []):
        if entry["kind"] == kind:
            return int(entry.get("count", 0))
    return 0
