from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def forget(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Rows with keys of the former kind would never be found again."""
    del schema_editor
    apps.get_model("accounts", "Attempts").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_sessions_and_attempts"),
    ]

    operations = [
        migrations.RunPython(forget, forget),
        migrations.AddField(
            model_name="attempts",
            name="account",
            field=models.CharField(blank=True, db_index=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="attempts",
            name="key",
            field=models.CharField(max_length=200, unique=True),
        ),
    ]
