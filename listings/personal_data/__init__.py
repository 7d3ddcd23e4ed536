"""All that is held of a person with an account: one table, from which both the export and the deletion are made."""
