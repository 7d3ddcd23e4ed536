"""Between which latitudes and longitudes each state lies: enough to tell a point in Oklahoma from one in Ohio.

Drawn around the points of the state's ZIP codes with a quarter of a degree to spare, and to the next half degree;
around islands by the map.
"""

# South, north, west, east in degrees.
_BOXES = """
AL 29.5 35.5 -89 -84.5
AK 51 71.5 -180 -129.5
AZ 31 37.5 -115.5 -108.5
AR 32.5 37 -95 -89.5
CA 32 42.5 -125 -113.5
CO 36.5 41.5 -109.5 -101.5
CT 40.5 42.5 -74 -71.5
DE 38 40.5 -76.5 -74.5
FL 24 31.5 -88 -79.5
GA 30 35.5 -86 -80.5
HI 18.5 22.5 -160.5 -154.5
ID 41.5 49.5 -117.5 -110.5
IL 36.5 43 -92 -87
IN 37.5 42 -88.5 -84.5
IA 40 44 -97 -89.5
KS 36.5 40.5 -102.5 -94
KY 36 39.5 -89.5 -81.5
LA 28.5 33.5 -94.5 -89
ME 42.5 48 -71.5 -66.5
MD 37.5 40 -80 -74.5
MA 41 43.5 -74 -69.5
MI 41 48 -90.5 -82
MN 43 50 -97.5 -89
MS 29.5 35.5 -92 -87.5
MO 35.5 41 -96 -88.5
MT 44 49.5 -116.5 -103.5
NE 39.5 43.5 -104.5 -95
NV 34.5 42.5 -120.5 -113.5
NH 42 45.5 -73 -70
NJ 38.5 42 -76 -73.5
NM 31 37.5 -109.5 -102.5
NY 40 45.5 -80 -71.5
NC 33.5 37 -84.5 -75
ND 45.5 49.5 -104.5 -96
OH 38 42.5 -85.5 -80
OK 33.5 37.5 -103.5 -94
OR 41.5 46.5 -125 -116.5
PA 39 42.5 -81 -74
RI 40.5 42.5 -72.5 -70.5
SC 31.5 35.5 -84 -78
SD 42 46.5 -104.5 -96
TN 34.5 37 -90.5 -81
TX 25.5 37 -107 -93
UT 36.5 42.5 -114.5 -108.5
VT 42.5 45.5 -74 -71
VA 36 40 -84 -75
WA 45 49.5 -125 -116.5
WV 36.5 41 -83 -77.5
WI 42 47.5 -93.5 -86.5
WY 40.5 45.5 -111.5 -103.5
DC 38.5 39.5 -77.5 -76.5
PR 17.5 19 -68 -65
GU 13 14 144 145.5
VI 17 19 -65.5 -64
MP 13.5 20.5 144.5 146.5
AS -15 -11 -171.5 -168
FM 1 10.5 137 163.5
MH 4.5 15 160.5 172.5
PW 2.5 8.5 131 135
"""
STATE_BOXES = {code: tuple(map(float, edges)) for code, *edges in map(str.split, _BOXES.strip().splitlines())}


def may_be_in(state: str, latitude: float, longitude: float) -> bool:
    """Whether a point can be in a state; one just over its border can too. False for what is no number."""
    south, north, west, east = STATE_BOXES[state]
    return south <= latitude <= north and west <= longitude <= east
