#!/bin/sh
# Runs once, when the database volume is empty: the owner's login and the one of requests.
# The roles that the program takes on are made here rather than by the first migration, so that
# the login of requests can be given them before there is anything to migrate.
set -eu

export OWNER_PASSWORD APP_PASSWORD
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
create role doorstep_owner login createrole password :'owner_password';
create role doorstep_app login password :'app_password';
create role doorstep_signin nologin noinherit;
create role doorstep_request nologin noinherit;
create role doorstep_worker nologin noinherit;
grant doorstep_signin, doorstep_request, doorstep_worker to doorstep_owner with admin option;
grant doorstep_signin, doorstep_request, doorstep_worker to doorstep_app with inherit false;
select format('alter database %I owner to doorstep_owner', current_database()) \gexec
alter schema public owner to doorstep_owner;
SQL
