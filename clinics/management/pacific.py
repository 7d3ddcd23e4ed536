"""What the package `zipcodes` has not, or has wrong, of the freely associated states (FM, MH, PW).

Of eight ZIP codes six have no point, that of Majuro is on the other side of the date line, that of Koror is the middle
of the archipelago, and Pohnpei and Kosrae are an hour ahead of Chuuk. Points are those of the towns with the post
offices, from GeoNames (clinics/locations/make_zip_points.py).
"""

from typing import NamedTuple


class IslandZip(NamedTuple):
    post_office: str  # the town, as GeoNames writes it
    time_zone: str
    towns: tuple[str, ...] = ()  # names that the package lacks, for which people write the ZIP code


ISLAND_ZIPS = {
    "96939": IslandZip("Ngerulmud", "Pacific/Palau", ("Melekeok",)),
    "96940": IslandZip("Koror", "Pacific/Palau"),
    "96941": IslandZip("Kolonia", "Pacific/Pohnpei", ("Kolonia", "Palikir")),
    "96942": IslandZip("Weno", "Pacific/Chuuk", ("Weno",)),
    "96943": IslandZip("Colonia", "Pacific/Chuuk", ("Colonia",)),
    "96944": IslandZip("Tofol", "Pacific/Kosrae", ("Tofol", "Lelu")),
    "96960": IslandZip("Majuro", "Pacific/Majuro", ("Delap", "Uliga")),
    "96970": IslandZip("Ebaye", "Pacific/Majuro"),
}
POST_OFFICES = {code: island.post_office for code, island in ISLAND_ZIPS.items()}
