from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clinics", "0008_report_status")]
    operations = [
        migrations.RenameField("possibleduplicate", "decision", "status"),
        migrations.AlterModelOptions("possibleduplicate", {"ordering": ["status", "-similarity"]}),
        migrations.RenameField("importdifference", "decision", "status"),
        migrations.AlterModelOptions("importdifference", {"ordering": ["status", "clinic", "field"]}),
    ]
