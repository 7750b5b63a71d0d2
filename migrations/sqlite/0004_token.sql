-- Tokens stand for users in scripts. Only a hash of each is kept: a token is long
-- and random, so nobody finds it by trying.
CREATE TABLE tracrpc_token (
    id integer PRIMARY KEY AUTOINCREMENT,
    hash text NOT NULL,
    username text NOT NULL,
    scope text NOT NULL,
    note text NOT NULL,
    created bigint NOT NULL,
    expires bigint NOT NULL,
    used bigint NOT NULL
);
CREATE UNIQUE INDEX tracrpc_token_hash_idx ON tracrpc_token (hash);
