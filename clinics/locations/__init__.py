"""Points of clinics: where a street address stands."""
