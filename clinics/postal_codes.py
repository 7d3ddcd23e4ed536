"""The two letters of the states, the District of Columbia, the territories and the freely associated states (USPS)."""

# A code's place here is its bit in `Clinic.telehealth_bits`: append, never reorder.
POSTAL_CODES = (
    *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA"),
    *("ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK"),
    *("OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "DC"),
    *("PR", "GU", "VI", "MP", "AS"),
    *("FM", "MH", "PW"),
)
