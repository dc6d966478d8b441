"""What is imported, where it lies, and what must come of it.

What must come of it is counted here from the files, apart from the program that imports them.
"""
import csv
import json
import os

COUNTIES = ("manhattan", "bronx", "kings", "queens", "richmond")
# As the fires name them: "4 - Brooklyn".
BOROUGHS = {"Manhattan": "manhattan", "Bronx": "bronx", "Brooklyn": "kings", "Queens": "queens",
            "Staten Island": "richmond"}
# South, west, north, east: Manhattan south of about 96th Street, and the bridges.
RECTANGLE = (40.70, -74.02, 40.80, -73.95)
# NFIRS types of which nothing may be recorded.
ABOUT_PERSONS = ("311",)


class Import:
    """One file, as one mapping reads it."""

    def __init__(self, kind, form, mapping, file, aids=None):
        self.kind, self.form, self.mapping, self.file = kind, form, mapping, file
        self.aids = aids or {}

    def arguments(self, mappings):
        arguments = [self.form, "--mapping", os.path.join(mappings, self.mapping)]
        for name, path in self.aids.items():
            arguments += ["--aid", f"{name}={path}"]
        return arguments + [self.file]


class Dataset:
    def __init__(self, root, real):
        def path(*parts):
            found = os.path.join(root, *parts)
            if not os.path.exists(found):
                raise FileNotFoundError(found)
            return found

        self.name = "real" if real else "synthetic"
        counties = path("boundaries", "ny_nj_counties_same.geojson")
        permits = path("nyc-regulated-sites", "nyc_transfer_station_permits.csv")
        tracts = path("nyc-headcount-zones", "nyc_tract_population.csv")
        shapes = path("nyc-headcount-zones", "nyc_tracts.geojson")
        shelters = path("nyc-evac-centers", "nyc_hurricane_evacuation_centers.geojson")
        sites = path("nyc-regulated-sites", "nyc_epa_tri_sites_2019.csv")
        self.firehouses = path("nyc-firehouses", "fdny_firehouses.csv")
        self.fires = Import(
            "incident", "csv", "nyc_fire_incidents.toml",
            path("nyc-fire-incidents", "nyc_severe_fire_incidents_2015_h1.csv"),
            {"stations": self.firehouses, "counties": counties})
        # Of the counties, in the order in which one names another.
        self.others = [
            Import("shelter", "geojson", "nyc_evacuation_centers.toml", shelters),
            Import("site", "csv", "nyc_epa_sites.toml", sites, {"counties": counties}),
            Import("site", "csv", "nyc_transfer_station_sites.toml", permits,
                   {"counties": counties}),
            Import("permit", "csv", "nyc_transfer_station_permits.toml", permits),
            Import("zone", "csv", "nyc_tract_zones.toml", tracts, {"tracts": shapes}),
            Import("headcount", "csv", "nyc_tract_headcounts.toml", tracts),
        ]
        self.expected = Expected(self.firehouses, self.fires.file, shelters, sites, permits, tracts)


class Expected:
    def __init__(self, firehouses, fires, shelters, sites, permits, tracts):
        rows = _rows(fires)
        self.read = len(rows)
        self.fires = {row["IM_INCIDENT_KEY"]: row for row in rows if _nfirs(row) not in ABOUT_PERSONS}
        self.stations = len(_rows(firehouses))
        with open(shelters, encoding="utf-8") as file:
            self.shelters = len(json.load(file)["features"])
        self.permits = len(_rows(permits))
        self.sites = len(_rows(sites)) + self.permits
        counted = _rows(tracts)
        self.zones = self.headcounts = len(counted)
        self.residents = sum(int(row["population"]) for row in counted)

    def keys(self, holds=lambda row: True):
        return {key for key, row in self.fires.items() if holds(row)}

    def keys_of_type(self, nfirs):
        return self.keys(lambda row: _nfirs(row) == nfirs)

    def keys_of_borough(self, county):
        return self.keys(lambda row: BOROUGHS[row["BOROUGH_DESC"].split(" - ")[1]] == county)

    def keys_within(self, rectangle):
        south, west, north, east = rectangle

        def inside(row):
            try:
                latitude, longitude = float(row["Latitude"]), float(row["Longitude"])
            except ValueError:
                return False
            return south <= latitude <= north and west <= longitude <= east

        return self.keys(inside)


# What the publishers' files are known to hold: a changed file is noticed.
REAL = {"stations": 219, "read": 1266, "filed": 1265, "flagged": 27, "shelters": 60, "sites": 60,
        "permits": 20, "zones": 2095, "residents": 8_398_556}


def _rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _nfirs(row):
    return row["INCIDENT_TYPE_DESC"].split(" - ")[0]
