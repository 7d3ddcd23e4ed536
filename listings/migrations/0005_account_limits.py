"""The table in which failed log-ins and the like are counted (settings.CACHES)."""

from django.db import migrations

CREATE = """
CREATE TABLE IF NOT EXISTS account_limits (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS account_limits_expires ON account_limits (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("listings", "0004_owners")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE IF EXISTS account_limits")]
