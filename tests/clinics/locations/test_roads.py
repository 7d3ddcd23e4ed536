"""Minutes by car from the router itself, over the roads of an invented archipelago."""

import random

import pytest
from django.core.management import CommandError, call_command

from clinics.geo import Coordinates, miles_between
from clinics.locations import roads as job
from clinics.locations.router import Question, RoadMap
from clinics.models import Clinic, Journey
from tests.clinics.locations import archipelago as world
from tests.depth import tries
from tests.factories import BALTIMORE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ISLANDER, FROM_THE_WEST, FROM_THE_ROCK, AT_SEA = "00003", "00001", "00004", "00005"


@pytest.fixture
def clinics():
    return world.settle()


def route(extract, **options):
    call_command("route_clinics", extract=extract, state=[world.STATE], verbosity=0, **options)


def drives(zip_code: str) -> dict[str, Journey]:
    rows = Journey.objects.filter(zip_code=zip_code, minutes__isnull=False).select_related("clinic")
    return {journey.clinic.name: journey for journey in rows}


def everything() -> list[tuple]:
    return list(Journey.objects.order_by("zip_code", "clinic_id").values_list())


def test_a_drive_is_by_road_round_the_water(extract, clinics):
    route(extract)
    found = drives(FROM_THE_WEST)
    assert miles_between(world.ZIP_CODES[FROM_THE_WEST], world.ACROSS_THE_WATER) < 2.5
    assert found["island"].road_miles == pytest.approx(world.MILES_OVER_THE_BRIDGE, abs=0.5)
    assert found["island"].minutes > found["shore east"].minutes > found["shore west"].minutes > 0
    assert {journey.roads_as_of for journey in found.values()} == {"2026-11-01"}


def test_no_minutes_lead_where_no_road_does(extract, clinics):
    route(extract)
    on_the_rock, elsewhere = {"rock", "rock pier"}, {"shore west", "shore east", "island", "island pier"}
    assert drives(FROM_THE_WEST).keys() == drives(ISLANDER).keys() == elsewhere
    assert drives(FROM_THE_ROCK).keys() == on_the_rock
    assert not drives(AT_SEA)


def test_no_drive_is_shorter_than_the_straight_line_or_takes_no_time(extract, road_map):
    chosen = random.Random(world.SEED)
    around = [Coordinates(chosen.uniform(41.98, 42.08), chosen.uniform(-50.22, -49.98)) for _ in range(40)]
    questions = [Question(start, around) for start in around[: tries(20, 40)]]
    measured = 0
    for question, answer in zip(questions, road_map.ask(questions), strict=True):
        for end, drive in zip(question.ends, answer.drives, strict=True):
            if drive:
                minutes, road_miles = job.drive_of(question.start, end, *drive)
                assert minutes > 0
                assert road_miles >= miles_between(question.start, end)
                measured += 1
    assert measured > len(questions) * 10


def test_what_the_router_adds_to_the_straight_line_is_not_ours(extract, road_map):
    """Its own miles are as long, but for the shape that it takes the Earth to have: `drive_of` hides no fault."""
    start, ends = world.along(world.SHORE)[0], world.along(world.SHORE)[1:]
    [answer] = road_map.ask([Question(start, ends)])
    for end, (_seconds, miles) in zip(ends, answer.drives, strict=True):
        assert miles == pytest.approx(miles_between(start, end), rel=0.005)


def test_the_second_run_ends_as_the_first(extract, clinics):
    route(extract)
    first = everything()
    assert first
    route(extract)
    assert everything() == first


def test_what_is_no_longer_true_goes_with_the_next_run(extract, clinics):
    route(extract)
    Clinic.objects.filter(pk=clinics["island"]).update(is_listed=False)
    Clinic.objects.filter(pk=clinics["shore east"]).update(point_quality="zip")
    route(extract)
    assert drives(FROM_THE_WEST).keys() == {"shore west", "island pier"}


def test_a_clinic_that_moves_while_its_state_is_routed_gets_no_minutes_from_where_it_was(
    extract, clinics, road_map, monkeypatch
):
    monkeypatch.setattr(job, "ZIP_CODES_AT_ONCE", 1)
    [state] = job.survey(road_map, ["ZZ"])

    def move(done: int, _of: int) -> None:
        if done == 1:
            Clinic.objects.filter(pk=clinics["island"]).update(latitude=44)

    job.route_state(road_map, state, move)
    job.forget_states(road_map, ["ZZ"])
    assert "shore west" in drives(FROM_THE_WEST) or "shore west" in drives(ISLANDER)
    assert not Journey.objects.filter(clinic_id=clinics["island"], minutes__isnull=False).exists()


def test_the_sixty_nearest_are_asked_for(extract, clinics, monkeypatch):
    monkeypatch.setattr(job, "CLINICS_OF_A_ZIP", 2)
    route(extract)
    assert drives(FROM_THE_WEST).keys() == {"shore west", "island"}


def test_an_obstacle_stays_beside_the_minutes(extract, clinics):
    Journey.objects.create(zip_code=FROM_THE_WEST, clinic_id=clinics["island"], obstacle="water", water_miles=2)
    Journey.objects.create(zip_code=FROM_THE_WEST, clinic_id=clinics["rock"], obstacle="no-road")
    route(extract)
    assert {name: journey.obstacle for name, journey in drives(FROM_THE_WEST).items() if journey.obstacle} == {
        "island": "water"
    }
    assert Journey.objects.get(clinic_id=clinics["rock"], zip_code=FROM_THE_WEST).obstacle == "no-road"


def test_the_extract_of_another_place_changes_nothing(extract, clinics):
    route(extract)
    before = everything()
    with pytest.raises(CommandError, match=r"roads near only 0 of the [\d,]+ ZIP codes of MD"):
        call_command("route_clinics", extract=extract, state=["ZZ", "MD"], verbosity=0)
    assert everything() == before
    assert not Journey.objects.exclude(zip_code__in=world.ZIP_CODES).exists()


def test_without_a_state_all_that_the_extract_covers_are_done(extract, clinics, capsys):
    call_command("route_clinics", extract=extract)
    said = capsys.readouterr().out
    assert "ZZ: 5 ZIP codes" in said
    assert "without a road near: 1" in said
    assert "Not in the extract, so unchanged: AK, AL," in said
    assert "© OpenStreetMap contributors" in said


def test_a_map_is_made_once_for_each_extract(router_environment, own_folder):
    one, other = (RoadMap(world.roads().write(own_folder / f"{name}.osm.pbf")) for name in ("one", "other"))
    assert not one.is_made
    one.make()
    assert RoadMap(one.extract).is_made
    assert not other.is_made
    other.make()
    assert other.is_made
    assert not one.is_made  # the maps of a country are tens of gigabytes
    assert [folder.name for folder in other.folder.parent.iterdir()] == [other.folder.name]


def test_a_point_far_from_any_road_has_no_drives(road_map):
    [answer] = road_map.ask([Question(BALTIMORE, [world.ACROSS_THE_WATER])])
    assert answer == (False, [None])


def test_from_one_end_of_a_road_to_the_same_end_nobody_goes_round(road_map):
    shore, rock = world.along(world.SHORE), world.along(world.ROCK, world.WEST + 0.02, 5)
    for latitude, longitude in (shore[0], rock[0], rock[-1]):
        beside = [Coordinates(latitude + n / 5000, longitude + m / 5000) for n in range(-3, 4) for m in range(-3, 4)]
        questions = [Question(start, beside) for start in beside]
        for answer in road_map.ask(questions):
            assert max(seconds for seconds, _miles in answer.drives) < 180
