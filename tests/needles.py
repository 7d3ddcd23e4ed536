"""What the tests and the canary type, to look for it afterwards. Nothing of Django: the canary has no settings."""

ZIP = "99950"  # in Alaska; no row of another kind has this number
NO_ZIP = "98989"  # looks like one, and is none: no table of places holds it
WORDS = "zanzibarville"
LATITUDE, LONGITUDE = "46.2137", "-116.5719"
POINT = f"{LATITUDE},{LONGITUDE}"
NEEDLES = (ZIP, NO_ZIP, WORDS, LATITUDE, LONGITUDE)
