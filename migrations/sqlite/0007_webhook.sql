-- URLs that events are sent to, each of which is a sink. The secrets are those
-- that requests are signed with, so they are kept as they are. Times are
-- microseconds; 0 stands for none.
CREATE TABLE IF NOT EXISTS tracrpc_webhook (
    id integer PRIMARY KEY AUTOINCREMENT,
    url text NOT NULL,
    secret text NOT NULL,
    former text NOT NULL DEFAULT '',
    until bigint NOT NULL DEFAULT 0,
    events text NOT NULL,
    username text NOT NULL,
    note text NOT NULL,
    created bigint NOT NULL,
    failing bigint NOT NULL DEFAULT 0
);
