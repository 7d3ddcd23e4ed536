"""Spanish as it is written in the United States: numbers as in English, not with Spain's decimal comma."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
TIME_FORMAT = "g:i A"
DATETIME_FORMAT = r"j \d\e F \d\e Y, g:i A"
FIRST_DAY_OF_WEEK = 0  # Sunday
