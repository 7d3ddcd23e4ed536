"""What the package `zipcodes` has not, or has wrong, of the freely associated states (FM, MH, PW).

Of eight ZIP codes six have no point, that of Majuro is on the other side of the date line, that of Koror is the middle
of the archipelago, and Pohnpei and Kosrae are an hour ahead of Chuuk. Points: the towns with the post offices, to a
hundredth of a degree.
"""

from typing import NamedTuple

from clinics.geo import Coordinates


class IslandZip(NamedTuple):
    point: Coordinates
    time_zone: str
    towns: tuple[str, ...] = ()  # names that the package lacks, for which people write the ZIP code


ISLAND_ZIPS = {
    "96939": IslandZip(Coordinates(7.50, 134.62), "Pacific/Palau", ("Melekeok",)),
    "96940": IslandZip(Coordinates(7.34, 134.48), "Pacific/Palau"),
    "96941": IslandZip(Coordinates(6.96, 158.21), "Pacific/Pohnpei", ("Kolonia", "Palikir")),
    "96942": IslandZip(Coordinates(7.45, 151.84), "Pacific/Chuuk", ("Weno",)),
    "96943": IslandZip(Coordinates(9.51, 138.13), "Pacific/Chuuk", ("Colonia",)),
    "96944": IslandZip(Coordinates(5.33, 163.01), "Pacific/Kosrae", ("Tofol", "Lelu")),
    "96960": IslandZip(Coordinates(7.09, 171.38), "Pacific/Majuro", ("Delap", "Uliga")),
    "96970": IslandZip(Coordinates(8.78, 167.74), "Pacific/Majuro"),
}
