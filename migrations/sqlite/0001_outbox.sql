-- Every mutation is an event here, written in the transaction that made it. The
-- single writer numbers the events without gaps: a rolled back number is given
-- again, and AUTOINCREMENT never gives a number again after old events are gone.
CREATE TABLE tracrpc_outbox (
    seq integer PRIMARY KEY AUTOINCREMENT,
    time integer NOT NULL,
    realm text NOT NULL,
    verb text NOT NULL,
    id text NOT NULL,
    author text NOT NULL,
    data text NOT NULL
);
