"""From what a reader typed to a page of clinics.

    clinics/views/search.py   /clinics/?near=02139&medication=methadone: the parameters, and the format of the answer
        |
    filters.py     ClinicFilter: each parameter becomes a clean value, or an error that the page shows
    typed.py           `near`: what somebody typed -> Typed: a place, words that are filters, or a question to ask back
      characters.py      digits, dashes, points and ZIP codes in a text;  words.py  the words of two tables
      typed_zips.py      the text has a ZIP code, or digits;  typed_names.py  it is the name of a place:
      typed_streets.py   a street before it: looked up in a sheet on this machine, or said not to be
      readings.py        (name, state), likeliest first;  cities.py  which is a city;  misspelt.py  or nearly one
      gazetteer.py       our tables of ZIP codes, cities and states -> Place;  places.py  a place alone
    facets.py          what can be ticked, each with its bit in a clinic's masks; facet_bits.py: every bit ever given
    treats.py          whom the search is about: clinics that give medicine for opioids, unless asked for more
        |
    queries.py     Criteria: place, radius, masks and order -> SQL with named parameters
    names.py           `q`: a name or number, and which clinics fit it how well;  by_name.py: NamedSearch, of those
    results.py     Search: the radius where none is stated, the clinics of the page, those beyond, the sponsored ones
    entries.py         a place with its programs is one entry of the list;  distances.py  "about 3 miles"
    far.py             what is said where little is near, and who treats by telehealth in the state
    counts.py          what ticking each facet would give, from the masks of all clinics in the radius
        |
    rows.py        a clinic as a row of the list (HTML);    serializers.py    the same as JSON, GeoJSON and CSV
    plain_text.py  the list as a text page

At most four queries; nothing of a search is stored or logged. Nearest first is an index walk (clinics/geo.py).
"""
