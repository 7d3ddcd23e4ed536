"""Maps drawn on the server, from shapes in this repository: no tile server, no request to anyone, no script.

    make_shapes   the Census Bureau's boundaries, made into clinics/data/us_lines.json.gz (by hand, once)
    shapes        that file in memory
    projection    places on the ground to places on the paper, and how much of the ground the paper shows
    lines         land, coasts, state and county lines as SVG paths
    pins          numbered pins that do not cover each other
    towns         a few names
    drawing       all of it together, as data that templates/clinics/_map.html turns into an <svg>
    tiles         the view of a site owner's own tile server, on a page of its own

Nothing here keeps anything about a place that was asked for: what is held in memory is the same for every reader.
"""
