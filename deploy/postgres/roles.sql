-- psql --set=owner_password=… --set=web_password=… --set=jobs_password=… --file roles.sql   (as the superuser; again
-- whenever a password changes). Three roles: the owner of the tables, which migrates; the web server; the jobs. The
-- limits of each role are set here, so that they also hold for connections through a pooler.
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(ARRAY['waypost_owner', 'waypost_web', 'waypost_jobs']) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE waypost_owner PASSWORD :'owner_password';
ALTER ROLE waypost_web PASSWORD :'web_password';
ALTER ROLE waypost_jobs PASSWORD :'jobs_password';

SELECT 'CREATE DATABASE waypost OWNER waypost_owner ENCODING ''UTF8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'waypost') \gexec
\connect waypost
CREATE EXTENSION IF NOT EXISTS cube;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

-- Where the last backup is restored on trial every week (manage.py check_backup): of the owner of the tables, who may make
-- no database, and empty at all other times.
SELECT 'CREATE DATABASE waypost_scratch OWNER waypost_owner ENCODING ''UTF8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'waypost_scratch') \gexec
\connect waypost_scratch
CREATE EXTENSION IF NOT EXISTS cube;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
REVOKE ALL ON DATABASE waypost_scratch FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO waypost_owner;
\connect waypost

-- Only these three roles may connect, and the web role may only read and write rows.
REVOKE ALL ON DATABASE waypost FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO waypost_owner;
GRANT CONNECT ON DATABASE waypost TO waypost_web;
GRANT CONNECT, TEMPORARY ON DATABASE waypost TO waypost_jobs;
GRANT USAGE ON SCHEMA public TO waypost_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO waypost_web;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO waypost_web;
ALTER DEFAULT PRIVILEGES FOR ROLE waypost_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO waypost_web;
ALTER DEFAULT PRIVILEGES FOR ROLE waypost_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO waypost_web;
GRANT pg_read_all_stats TO waypost_owner; -- `manage.py slow_queries`
GRANT waypost_owner TO waypost_jobs; -- an import runs ANALYZE, which only an owner may

-- A search that takes too long is answered with an apology, and its worker is free again.
ALTER ROLE waypost_web SET statement_timeout = '3s';
ALTER ROLE waypost_web SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE waypost_jobs SET statement_timeout = '60s';
ALTER ROLE waypost_jobs SET idle_in_transaction_session_timeout = '10min';
-- A migration that does not get its lock soon gives up, so that readers need not wait; run it again by hand.
ALTER ROLE waypost_owner SET lock_timeout = '2s';

-- The just-in-time compiler makes a search four times slower, and a second process for one query is missing for the
-- next reader. The SQL of a search contains the search, so no log may quote it.
SELECT format('ALTER ROLE %I SET %s', role, setting)
FROM unnest(ARRAY['waypost_owner', 'waypost_web', 'waypost_jobs']) AS role,
    unnest(ARRAY['jit = off', 'max_parallel_workers_per_gather = 0', 'timezone = ''UTC''',
                 'log_min_error_statement = panic', 'log_min_messages = fatal', 'log_min_duration_statement = -1', 'log_statement = none']) AS setting \gexec
