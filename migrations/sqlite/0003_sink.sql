-- How far each sink is, and which process serves it. Times are microseconds; 0
-- stands for none.
CREATE TABLE IF NOT EXISTS tracrpc_sink (
    name text PRIMARY KEY,
    cursor bigint NOT NULL,
    turn bigint NOT NULL DEFAULT 0,
    paused bigint NOT NULL DEFAULT 0,
    owner text NOT NULL DEFAULT '',
    lease bigint NOT NULL DEFAULT 0,
    seen bigint NOT NULL,
    published bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    missed bigint NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',
    error_time bigint NOT NULL DEFAULT 0
);
-- Events that a sink would not take. They stay when the outbox has let go of them.
CREATE TABLE IF NOT EXISTS tracrpc_dead_letter (
    sink text NOT NULL,
    seq bigint NOT NULL,
    time bigint NOT NULL,
    realm text NOT NULL,
    verb text NOT NULL,
    id text NOT NULL,
    author text NOT NULL,
    data text NOT NULL,
    reason text NOT NULL,
    tries integer NOT NULL,
    buried bigint NOT NULL,
    queued integer NOT NULL DEFAULT 0,
    PRIMARY KEY (sink, seq)
);
CREATE INDEX IF NOT EXISTS tracrpc_dead_letter_queued_idx ON tracrpc_dead_letter (sink, seq) WHERE queued = 1;
