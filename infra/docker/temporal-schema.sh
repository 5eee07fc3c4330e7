#!/bin/sh
# Makes or updates Temporal's two databases; safe to run at every start.
set -eu
for database in temporal temporal_visibility; do
  folder=${database#temporal_}
  tool="temporal-sql-tool --plugin postgres12 --ep ${POSTGRES_SEEDS} -p 5432 -u ${POSTGRES_USER} --db ${database}"
  # The first two fail when it has been done before; the update that follows tells whether all is well.
  $tool create || true
  $tool setup-schema -v 0.0 || true
  $tool update-schema -d "/etc/temporal/schema/postgresql/v12/${folder}/versioned"
done
