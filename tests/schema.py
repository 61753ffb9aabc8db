"""What the migrations add up to; `make schema` writes it to migrations/schema.sql."""

import subprocess
import sys
import tempfile
from pathlib import Path

from doorstep.kit import embedded, migrations
from doorstep.kit.resources import MIGRATIONS


def sum_of_migrations(server: embedded.EmbeddedServer) -> str:
    """The schema of an empty database after every migration."""
    database = "schema_sum"
    for statement in (f"drop database if exists {database}", f"create database {database}"):
        psql = [server.bin_dir / "psql", server.url("postgres"), "-qXc", statement]
        subprocess.run(psql, check=True)  # noqa: S603 -- the command is ours
    migrations.migrate(server.url(database), MIGRATIONS)
    return migrations.dump_schema(server.url(database), server.bin_dir)


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.running(Path(folder), fsync=False) as running,
    ):
        sys.stdout.write(sum_of_migrations(running))
