"""Clinics for tests, at real named places."""

from clinics.geo import Coordinates
from clinics.models import Clinic, Practitioner, Service

# City halls; decimal degrees, WGS 84.
BALTIMORE = Coordinates(39.2908, -76.6108)
TOWSON = Coordinates(39.4015, -76.6019)  # 7.7 miles from Baltimore
WASHINGTON = Coordinates(38.8951, -77.0364)  # 35.6 miles from Baltimore
PHILADELPHIA = Coordinates(39.9524, -75.1636)
NEW_YORK = Coordinates(40.7128, -74.0060)
CAMBRIDGE = Coordinates(42.3671, -71.1061)  # 2.5 miles from Boston
BOSTON = Coordinates(42.3604, -71.0580)
CHICAGO = Coordinates(41.8837, -87.6320)
LOS_ANGELES = Coordinates(34.0537, -118.2427)
ANCHORAGE = Coordinates(61.2176, -149.8953)
HONOLULU = Coordinates(21.3047, -157.8577)
SAN_JUAN = Coordinates(18.4655, -66.1166)


def make_clinic(name="Sample Clinic", at=BALTIMORE, services=(), **fields) -> Clinic:
    """A saved, listed clinic in Baltimore unless told otherwise; `services` are slugs of the code book."""
    latitude, longitude = at or (None, None)
    address = {"street": "100 Holliday Street", "city": "Baltimore", "state": "MD", "zip_code": "21202"}
    contact = {"phone": "410-555-0100", "latitude": latitude, "longitude": longitude}
    clinic = Clinic(name=name, **(address | contact | fields))
    known = {service.slug: service for service in Service.objects.filter(slug__in=services)}
    clinic.set_services([known[slug] for slug in services])
    clinic.save()
    return clinic


def make_practitioner(clinic: Clinic, npi="1234567893") -> Practitioner:
    """Whom a practice names in its listing, licensed until 2030."""
    stated = {"license_state": "MD", "license_number": "D-77", "license_expires_on": "2030-06-30"}
    return Practitioner.objects.create(clinic=clinic, name="Ana Reyes", npi=npi, consented_on="2026-01-05", **stated)
