"""Clinics, practitioners and users for tests; clinics stand at real named places."""

import factory
from django.contrib.auth.models import User
from factory.django import DjangoModelFactory

from clinics.geo import Coordinates
from clinics.models import Clinic, Practitioner, Service
from clinics.search import facets, treats

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


class ClinicFactory(DjangoModelFactory):
    """A listed clinic in Baltimore. `at` is None for one that is not on the map."""

    class Meta:
        model = Clinic

    class Params:
        at = BALTIMORE
        is_approximate = False  # at the middle of its ZIP code

    name = factory.Sequence(lambda n: f"Clinic {n}")
    street = "100 Holliday Street"
    city = "Baltimore"
    state = "MD"
    zip_code = "21202"
    phone = "410-555-0100"
    point_quality = factory.LazyAttribute(
        lambda clinic: "zip" if clinic.is_approximate else "street" if clinic.at else ""
    )
    point_source = factory.LazyAttribute(lambda clinic: "zipcodes" if clinic.is_approximate else "")
    latitude = factory.LazyAttribute(lambda clinic: clinic.at and clinic.at[0])
    longitude = factory.LazyAttribute(lambda clinic: clinic.at and clinic.at[1])
    services = ()  # slugs of the code book
    gives_medicine = True  # says so, though its services may name none; never of one that denies it

    @classmethod
    def _build(cls, model_class, *args, services, gives_medicine, **fields):
        clinic = super()._build(model_class, *args, **fields)
        by_slug = {service.slug: service for service in Service.objects.filter(slug__in=services)}
        clinic.set_services([by_slug[slug] for slug in services])
        if gives_medicine and treats.stated_by(clinic) == facets.NOT_STATED and not clinic.denied_bits:
            clinic.treatment_bits ^= facets.NOT_STATED.mask | facets.MEDICINE.mask
        return clinic

    @classmethod
    def _create(cls, model_class, *args, **fields):
        """Save once, with the services and their masks."""
        clinic = cls._build(model_class, *args, **fields)
        clinic.save()
        return clinic


class PractitionerFactory(DjangoModelFactory):
    """Whom a practice names in its listing, licensed until 2030."""

    class Meta:
        model = Practitioner

    clinic = factory.SubFactory(ClinicFactory)
    name = "Ana Reyes"
    npi = "1234567893"
    license_state = "MD"
    license_number = "D-77"
    license_expires_on = "2030-06-30"
    consented_on = "2026-01-05"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@practice.example")
    password = "a sentence to log in with"

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return model_class.objects.create_user(*args, **fields)


def make_clinic(name="Sample Clinic", **fields) -> Clinic:
    return ClinicFactory(name=name, **fields)


def make_practitioner(clinic: Clinic, **fields) -> Practitioner:
    return PractitionerFactory(clinic=clinic, **fields)
