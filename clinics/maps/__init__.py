"""Maps drawn on the server, from shapes in this repository: no tile server, no request to anyone, no script.

    make_shapes   the Census Bureau's boundaries, made into clinics/data/us_lines.json.gz (by hand, once)
    shapes        that file in memory
    projection    places on the ground to points on the canvas, and how much of the ground the canvas shows
    lines         land, coasts, state and county lines as SVG paths
    zip_areas     shaded areas of the ZIP codes that are all we know of some clinics
    pins          points with labels as numbered pins that do not cover each other
    towns         a few names
    drawing       all of it together, as data that templates/clinics/_map.html turns into an <svg>
    tiles         the view of a site owner's own tile server, on a page of its own

This package knows no model: clinics/clinic_maps.py gives it the points and the towns. Nothing about a place that a
reader searched for stays in memory: what is held there is the same for every reader.
"""
