"""What Prometheus reads of a node, and what becomes of a port that is taken."""
import re
import unittest
import urllib.error
import urllib.request

import support
from cli import REFUSED  # beside the demo, as support is


class Metrics(support.TestCase):
    def test_a_reading_is_what_the_status_says_and_the_port_goes_with_the_node(self):
        county = self.with_metrics(self.daemon("kings", hub=True))
        station = self.daemon("kings/e201", parent=county)
        self.started(county)
        self.started(station)
        self.report(station, "smoke")
        support.wait_until("the county has counted the report",
                           lambda: self.read(county).get('tocsin_records{kind="incident"}') == 1,
                           support.SECONDS)
        figures = self.read(county)
        self.assertEqual(figures["tocsin_changes_held"], 1)
        self.assertEqual(figures["tocsin_children_links_up"], 1)
        self.assertEqual(figures['tocsin_conflicts_open{severity="extreme",turn="kings"}'], 0)
        self.assertEqual(figures["tocsin_conflicts_oldest_age_seconds"], 0)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://{county.metrics}/", timeout=support.SECONDS)
        self.assertEqual(refused.exception.code, 404)
        refused.exception.close()
        # In order, and within its deadline.
        county.stop()
        with self.assertRaises(urllib.error.URLError):
            self.read(county)

    def test_a_port_that_is_taken_is_named_with_its_setting(self):
        county = self.started(self.with_metrics(self.daemon("kings", hub=True)))
        other = self.with_metrics(self.daemon("queens", hub=True), county.metrics)
        code, said = self.refused_start(other)
        self.assertEqual(code, REFUSED)
        self.assertIn("metrics.listen", said)

    def with_metrics(self, daemon, address=None):
        daemon.metrics = address or f"127.0.0.1:{self.ports.take()}"
        with open(daemon.config, encoding="utf-8") as file:
            text = file.read()
        with open(daemon.config, "w", encoding="utf-8") as file:
            file.write(text.replace("[metrics]", f'[metrics]\nlisten = "{daemon.metrics}"'))
        return daemon

    @staticmethod
    def read(daemon):
        """Each series with its value."""
        with urllib.request.urlopen(f"http://{daemon.metrics}/metrics",
                                    timeout=support.SECONDS) as answer:
            text = answer.read().decode()
        return {name: float(value)
                for name, value in re.findall(r"^(tocsin_\S+) (\S+)$", text, re.MULTILINE)}


if __name__ == "__main__":
    unittest.main()
