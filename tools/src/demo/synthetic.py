"""A city of New York's shape that nobody lives in: for a machine without the real files.

The same formats, the same five counties and 219 stations, the same troubles (no place, a place in
another county, a report about a person), from a seed.
"""
import csv
import datetime
import json
import os
import random

# South, west, north, east; they do not touch.
BOXES = {
    "Manhattan": (40.700, -74.020, 40.870, -73.940),
    "Bronx": (40.790, -73.930, 40.910, -73.770),
    "Brooklyn": (40.570, -74.040, 40.695, -73.870),
    "Queens": (40.570, -73.860, 40.780, -73.700),
    "Staten Island": (40.500, -74.250, 40.640, -74.060),
}
# Number in the fires and in the shelters, county's name and FIPS code, and how many stations.
FACTS = {
    "Manhattan": (1, 1, "New York", "36061", 48),
    "Bronx": (2, 2, "Bronx", "36005", 34),
    "Brooklyn": (4, 3, "Kings", "36047", 67),
    "Queens": (5, 4, "Queens", "36081", 50),
    "Staten Island": (3, 5, "Richmond", "36085", 20),
}
TYPES = (["111 - Building fire"] * 30 + ["100 - Fire, other"] * 4
         + ["118 - Trash or rubbish fire, contained"] * 3 + ["412 - Gas leak (natural gas or LPG)"]
         + ["142 - Brush or brush-and-grass mixture fire"] + ["611 - Dispatched & canceled en route"])
SPREADS = ("NA", "1 - Confined to object of origin", "2 - Confined to room of origin",
           "3 - Confined to floor of origin", "4 - Confined to building of origin",
           "5 - Beyond building of origin")


def write(root, fires=600, zones=200, shelters=60, sites=20, seed=1):
    chance = random.Random(seed)
    _geojson(root, "boundaries/ny_nj_counties_same.geojson",
             [({"fips": FACTS[name][3], "name": FACTS[name][2]}, "Polygon", [_ring(box)])
              for name, box in BOXES.items()])
    _write_stations(root, chance)
    _write_fires(root, chance, fires)
    _write_shelters(root, chance, shelters)
    _write_sites(root, chance, sites)
    _write_zones(root, chance, zones)


def _write_stations(root, chance):
    number = 0
    rows = []
    for borough, facts in FACTS.items():
        for _ in range(facts[4]):
            number += 1
            latitude, longitude = _place(chance, borough)
            rows.append([f"Engine {number}/Ladder {number}", f"{number} Station Road", borough,
                         "10001", latitude, longitude, "Somewhere"])
    _csv(root, "nyc-firehouses/fdny_firehouses.csv",
         ["FacilityName", "FacilityAddress", "Borough", "Postcode", "Latitude", "Longitude", "NTA"],
         rows)


def _write_fires(root, chance, count):
    names = list(BOXES)
    weights = [FACTS[name][4] for name in names]
    rows = []
    for index in range(count):
        borough = chance.choices(names, weights)[0]
        latitude, longitude = _place(chance, borough)
        if index % 97 == 5:
            latitude = longitude = "NA"
        elif index % 89 == 7:
            latitude, longitude = _place(chance, names[names.index(borough) - 1])
        called = datetime.datetime(2015, 1, 2) + datetime.timedelta(
            seconds=chance.randrange(50 * 24 * 3600))
        took = chance.randrange(1200, 20000)
        arrived = called + datetime.timedelta(seconds=chance.randrange(60, 600))
        cleared = called + datetime.timedelta(seconds=took)
        what = "311 - Medical assist, assist EMS crew" if index == 11 else chance.choice(TYPES)
        rows.append([500000 + index, 1000 + index % 900, what, _clock(called), _clock(arrived),
                     chance.randrange(1, 40), _clock(cleared), "7 - Signal 7-5", took, "NA", "NA",
                     "NA", "429 - Multifamily dwelling", "10001", f"{FACTS[borough][0]} - {borough}",
                     chance.choice(SPREADS), latitude, longitude])
    _csv(root, "nyc-fire-incidents/nyc_severe_fire_incidents_2015_h1.csv",
         ["IM_INCIDENT_KEY", "FIRE_BOX", "INCIDENT_TYPE_DESC", "INCIDENT_DATE_TIME",
          "ARRIVAL_DATE_TIME", "UNITS_ONSCENE", "LAST_UNIT_CLEARED_DATE_TIME", "HIGHEST_LEVEL_DESC",
          "TOTAL_INCIDENT_DURATION", "ACTION_TAKEN1_DESC", "ACTION_TAKEN2_DESC",
          "ACTION_TAKEN3_DESC", "PROPERTY_USE_DESC", "ZIP_CODE", "BOROUGH_DESC", "FIRE_SPREAD_DESC",
          "Latitude", "Longitude"], rows)


def _write_shelters(root, chance, count):
    features = []
    for index in range(count):
        borough = list(BOXES)[index % 5]
        latitude, longitude = _place(chance, borough)
        features.append(({"bldg_name": f"School {index}", "bldg_add": f"{index} School Road",
                          "city": borough, "zip_code": "10001",
                          "borocode": str(FACTS[borough][1]),
                          "accessible": "Y" if index else "N"}, "Point", [longitude, latitude]))
    _geojson(root, "nyc-evac-centers/nyc_hurricane_evacuation_centers.geojson", features)


def _write_sites(root, chance, count):
    plants, stations = [], []
    for index in range(count):
        borough = list(BOXES)[index % 5]
        county = FACTS[borough][2]
        latitude, longitude = _place(chance, borough)
        plants.append([f"PLANT{index:04}", f"Plant {index}", f"{index} Plant Road", borough,
                       county.upper(), "NY", "10001", "Chemicals", latitude, longitude, 1])
        latitude, longitude = _place(chance, borough)
        stations.append([f"Transfer Station {index}", f"{index} Pier Road", borough, "NY", "10001",
                         county, "2", "Private", "Transfer station - permit", f"[02T{index:02}]",
                         "Yes", "MSW", "None", f"2-6007-{index:05}/00001", "6/30/17", "4/22/27",
                         latitude, longitude])
    _csv(root, "nyc-regulated-sites/nyc_epa_tri_sites_2019.csv",
         ["site_id", "name", "address", "city", "county", "state", "zip", "industry", "lat", "lon",
          "reports"], plants)
    _csv(root, "nyc-regulated-sites/nyc_transfer_station_permits.csv",
         ["FacilityName", "Location Address", "City", "State", "Zip Code", "County", "Region",
          "Owner Type", "Activity Desc", "Activity Number", "Active", "Waste Types",
          "Regulatory Status", "Authorization Number", "Authorization Issue Date",
          "Expiration Date", "lat", "lon"], stations)


def _write_zones(root, chance, count):
    rows, features = [], []
    for index in range(count):
        borough = list(BOXES)[index % 5]
        fips = FACTS[borough][3]
        latitude, longitude = _place(chance, borough)
        zone = f"{fips}{index:06}"
        residents = chance.randrange(98, 9000)
        rows.append([zone, fips, f"Census Tract {index}, {FACTS[borough][2]} County", residents,
                     chance.randrange(100_000, 1_000_000), "0.5", "0.5", "0.5", latitude, longitude])
        ring = _ring((latitude - 0.002, longitude - 0.002, latitude + 0.002, longitude + 0.002))
        features.append(({"GEOID": zone, "county_fips": fips, "population": float(residents)},
                         "Polygon", [ring]))
    _csv(root, "nyc-headcount-zones/nyc_tract_population.csv",
         ["zone_id", "county_fips", "zone_name", "population", "area_land_m2", "svi_overall",
          "svi_household", "svi_housing_transport", "lat", "lon"], rows)
    _geojson(root, "nyc-headcount-zones/nyc_tracts.geojson", features)


def _place(chance, borough):
    south, west, north, east = BOXES[borough]
    return (round(chance.uniform(south + 0.003, north - 0.003), 6),
            round(chance.uniform(west + 0.003, east - 0.003), 6))


def _ring(box):
    south, west, north, east = (round(corner, 6) for corner in box)
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _clock(time):
    return time.strftime("%m/%d/%Y %I:%M:%S %p")


def _csv(root, relative, header, rows):
    with open(_made(root, relative), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _geojson(root, relative, features):
    whole = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": properties,
         "geometry": {"type": form, "coordinates": coordinates}}
        for properties, form, coordinates in features]}
    with open(_made(root, relative), "w", encoding="utf-8") as file:
        json.dump(whole, file)


def _made(root, relative):
    path = os.path.join(root, relative)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path
