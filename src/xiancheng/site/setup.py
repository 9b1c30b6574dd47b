"""Preparing a county's site: Django, the civic database, the bureaus of the programme as units."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.core.management import call_command

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.site.configuration import COUNTY_VARIABLE


def start_django(folder: Path) -> None:
    """Make Django serve the county in `folder`, in this process."""
    os.environ[COUNTY_VARIABLE] = str(folder.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiancheng.site.settings")
    django.setup()


def require_database() -> None:
    """Refuse to go on without the civic database.

    Raises
    ------
    XianchengError
        If it cannot be reached; says where it was looked for.
    """
    from django.db import DatabaseError, connection  # noqa: PLC0415 - can be imported once Django is set up

    try:
        connection.ensure_connection()
    except (DatabaseError, ModuleNotFoundError) as error:
        settings = connection.settings_dict
        where = f"{settings['NAME']}" + (f" @ {settings['HOST']}:{settings['PORT']}" if settings.get("HOST") else "")
        reason = str(error).strip()
        raise XianchengError(
            Text(f"连不上数据库 {where}：{reason}", f"cannot reach the database {where}: {reason}"),
            Text(
                "检查 county.toml 的 [site] database（或 XIANCHENG_DATABASE）、数据库服务和目录权限",
                "check [site] database in county.toml (or XIANCHENG_DATABASE), the database server and the rights"
                " of the directory",
            ),
        ) from error


def pending_migrations() -> list[str]:
    """Return the migrations that the civic database has not had yet."""
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    return [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def migrate() -> None:
    """Bring the civic database to the present schema and make the units that the programme names."""
    call_command("migrate", interactive=False, verbosity=0)
    make_units()


def make_units() -> None:
    """Make the county government and a unit for each bureau of its programmes; existing units stay as they are."""
    from xiancheng.site.accounts.models import Unit  # noqa: PLC0415 - models can be imported once Django is set up
    from xiancheng.site.county import county, programme  # noqa: PLC0415

    home = county()
    root, _ = Unit.objects.get_or_create(
        code=home.code, defaults={"name_zh": f"{home.name.zh}人民政府", "name_en": f"{home.name.en} government"}
    )
    for name in home.programmes:
        try:
            bureaus = programme(name).bureaus
        except XianchengError:
            # A programme that cannot be read is told where it is used; accounts work without it.
            continue
        for bureau, title in bureaus.items():
            Unit.objects.get_or_create(
                code=f"{home.code}-{bureau}",
                defaults={"name_zh": title.zh, "name_en": title.en, "parent": root, "bureau": bureau},
            )
