"""Importing: from a file of SAMHSA or CMS to the clinics that readers see. The route of a file:

1. `readers/`        recognises the layout by its headings and yields a FacilityRow or a Rejection for each line
2. `run.py`          takes the lock of the imports and does all that follows in one transaction
3. `staging.py`      copies the rows into a temporary table, names and streets in comparable form (`normalization.py`)
4. `matching.py`     finds the clinic of each row: a match, a possible match that a person decides, or a new clinic
5. `run.py`          stores each row as a SourceRecord of its clinic: the evidence, which is kept
6. `derive.py`       computes the fields of every touched clinic (`fields.py`) from its records alone, its name
                    as people say it (`names.py`)
7. `protected.py`    leaves out what a person confirmed, and notes where a list disagrees
8. `apply.py`        writes the clinics that changed, and marks those that are missing from a whole edition

`uploads.py` and `automatic.py` run this as jobs; `changes.py` says what a rehearsal would change; `undo.py` takes the
last import of a source back; `rederive.py` does steps 6 to 8 for every clinic, after a release that derives otherwise;
`export.py` writes the directory as a table, and `restore.py` reads it.
"""
