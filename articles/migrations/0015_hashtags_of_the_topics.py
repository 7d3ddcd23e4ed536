from django.db import migrations

HASHTAGS = {
    "relapse": ["relapse", "returntouse", "recaida", "volveraconsumir", "relapseprevention"],
    "recovery": ["recovery", "recoveryispossible", "sobriety", "recuperacion", "opioidrecovery"],
    "medication": [
        *("medication", "suboxone", "buprenorphine", "methadone", "naltrexone", "moud", "mat"),
        *("medicamentos", "metadona", "buprenorfina"),
    ],
    "starting-treatment": [
        *("treatment", "opioidaddiction", "opioidaddictiontreatment", "opioidusedisorder", "rehab", "opioidrehab"),
        "tratamiento",
    ],
    "paying": ["medicaid", "insurance", "seguro"],
    "pregnancy": ["pregnancy", "pregnant", "embarazo"],
    "overdose": ["overdose", "naloxone", "narcan", "overdoseprevention", "sobredosis", "naloxona"],
    "family": ["family", "familia", "familyandfriends"],
}


def fill(apps, schema_editor):
    """Of the topics that a site got before they had any; later ones are read from articles/starter/topics.toml."""
    topics = apps.get_model("articles", "Topic").objects
    for slug, hashtags in HASHTAGS.items():
        topics.filter(slug=slug, hashtags=[]).update(hashtags=hashtags)


class Migration(migrations.Migration):
    dependencies = [("articles", "0014_translations_and_hashtags")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
