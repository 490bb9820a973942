-- The old service's schema on PostgreSQL, written from the legacy contract: what an application really has there.
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);

CREATE TABLE credentials (
    id serial PRIMARY KEY,
    username varchar(255) NOT NULL,
    scrambled varchar(255) NOT NULL
);

CREATE TABLE instances (
    id serial PRIMARY KEY,
    name varchar(255) NOT NULL UNIQUE,
    db_type varchar(50) NOT NULL,
    host varchar(255) NOT NULL,
    port integer NOT NULL,
    database_name varchar(255),
    main_version varchar(20),
    environment varchar(20) NOT NULL DEFAULT 'production',
    credential_id integer,
    sync_count integer NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE instance_databases (
    id serial PRIMARY KEY,
    instance_id integer NOT NULL REFERENCES instances (id),
    database_name varchar(255) NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    first_seen_date date NOT NULL DEFAULT current_date,
    last_seen_date date NOT NULL DEFAULT current_date,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_instance_database_instance_name UNIQUE (instance_id, database_name)
);

CREATE TABLE database_size_stats (
    id bigserial NOT NULL,
    instance_id integer NOT NULL REFERENCES instances (id),
    database_name varchar(255) NOT NULL,
    size_mb bigint NOT NULL,
    data_size_mb bigint,
    log_size_mb bigint,
    collected_date date NOT NULL,
    collected_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, collected_date),
    CONSTRAINT uq_daily_database_size UNIQUE (instance_id, database_name, collected_date)
) PARTITION BY RANGE (collected_date);
CREATE INDEX ix_database_size_stats_collected_date ON database_size_stats (collected_date);
CREATE INDEX ix_database_size_stats_instance_date ON database_size_stats (instance_id, collected_date);

CREATE TABLE instance_size_stats (
    id bigserial NOT NULL,
    instance_id integer NOT NULL REFERENCES instances (id),
    total_size_mb integer NOT NULL DEFAULT 0,
    database_count integer NOT NULL DEFAULT 0,
    collected_date date NOT NULL,
    collected_at timestamptz NOT NULL DEFAULT now(),
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, collected_date)
) PARTITION BY RANGE (collected_date);
CREATE UNIQUE INDEX uq_instance_size_stats_daily ON instance_size_stats (instance_id, collected_date)
    WHERE is_deleted = false;

CREATE TABLE database_size_aggregations (
    id bigserial PRIMARY KEY,
    instance_id integer NOT NULL REFERENCES instances (id),
    database_name varchar(255) NOT NULL,
    period_type varchar(20) NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    avg_size_mb bigint NOT NULL,
    max_size_mb bigint NOT NULL,
    min_size_mb bigint NOT NULL,
    data_count integer NOT NULL,
    avg_data_size_mb bigint,
    max_data_size_mb bigint,
    min_data_size_mb bigint,
    avg_log_size_mb bigint,
    max_log_size_mb bigint,
    min_log_size_mb bigint,
    size_change_mb bigint NOT NULL DEFAULT 0,
    size_change_percent numeric(10, 2) NOT NULL DEFAULT 0,
    data_size_change_mb bigint,
    data_size_change_percent numeric(10, 2),
    log_size_change_mb bigint,
    log_size_change_percent numeric(10, 2),
    growth_rate numeric(10, 2) NOT NULL DEFAULT 0,
    calculated_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_database_size_aggregation UNIQUE (instance_id, database_name, period_type, period_start)
);

CREATE TABLE instance_size_aggregations (
    id bigserial PRIMARY KEY,
    instance_id integer NOT NULL REFERENCES instances (id),
    period_type varchar(20) NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    total_size_mb bigint NOT NULL,
    avg_size_mb bigint NOT NULL,
    max_size_mb bigint NOT NULL,
    min_size_mb bigint NOT NULL,
    data_count integer NOT NULL,
    database_count integer NOT NULL,
    avg_database_count integer,
    max_database_count integer,
    min_database_count integer,
    total_size_change_mb bigint,
    total_size_change_percent numeric(10, 2),
    database_count_change integer,
    database_count_change_percent numeric(10, 2),
    growth_rate numeric(10, 2),
    trend_direction varchar(20),
    calculated_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_instance_size_aggregation UNIQUE (instance_id, period_type, period_start)
);

-- A size makes its database known and active: also one that was deactivated, if somebody writes a size of it.
CREATE FUNCTION touch_instance_database() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO instance_databases (instance_id, database_name, is_active, first_seen_date, last_seen_date)
    VALUES (NEW.instance_id, NEW.database_name, true, NEW.collected_date, NEW.collected_date)
    ON CONFLICT (instance_id, database_name) DO UPDATE SET
        last_seen_date = greatest(instance_databases.last_seen_date, excluded.last_seen_date),
        is_active = true, deleted_at = NULL, updated_at = now();
    RETURN NULL;
END $$;
CREATE TRIGGER touch_instance_database AFTER INSERT ON database_size_stats
    FOR EACH ROW EXECUTE FUNCTION touch_instance_database();

-- Months have partitions as far as the old service's own task made them: until November 2025.
CREATE PROCEDURE create_month(month date) LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['database_size_stats', 'instance_size_stats'] LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                       name || to_char(month, '_YYYY_MM'), name, month, (month + interval '1 month')::date);
    END LOOP;
END $$;
CALL create_month('2025-09-01');
CALL create_month('2025-10-01');
CALL create_month('2025-11-01');
