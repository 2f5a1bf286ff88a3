-- Records are MessagePack, as in the database of a data folder; beside them is what is asked by.
-- Paths may be longer than an index row: they are looked up by their BLAKE3.
--
-- IF NOT EXISTS: databases that were made before versions were counted by sqlx have these very tables.

CREATE TABLE IF NOT EXISTS state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL DEFAULT 0,
    next_track bigint NOT NULL DEFAULT 1,
    -- BLAKE3 of the pepper of tokens, so that servers notice that they have different ones.
    pepper bytea,
    -- How far the index has followed.
    indexed_generation bigint NOT NULL DEFAULT 0,
    indexed_tracks bigint NOT NULL DEFAULT 0,
    indexed_windows bigint NOT NULL DEFAULT 0
);
INSERT INTO state DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS users (
    id integer PRIMARY KEY,
    name text NOT NULL,
    role text NOT NULL,
    -- Keyed hash; the token itself is kept nowhere.
    token bytea NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    -- Grows with every change of their files.
    files bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS users_open ON users (name) WHERE revoked_at IS NULL;

CREATE TABLE IF NOT EXISTS tracks (
    id bigint PRIMARY KEY,
    path_hash bytea NOT NULL UNIQUE,
    content bytea NOT NULL,
    windows bigint NOT NULL,
    -- Which network made the fingerprints, and which version of them these are.
    network bigint NOT NULL,
    serial bigint NOT NULL,
    -- The generation of the last change.
    changed bigint NOT NULL,
    record bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS tracks_content ON tracks (content);
CREATE INDEX IF NOT EXISTS tracks_changed ON tracks (changed);

-- Not compressed, so that a part of one is read without the rest.
CREATE TABLE IF NOT EXISTS fingerprints (
    track bigint PRIMARY KEY REFERENCES tracks ON DELETE CASCADE,
    packed bytea NOT NULL
);
ALTER TABLE fingerprints ALTER COLUMN packed SET STORAGE EXTERNAL;

-- Tracks that were removed: should the file come back, so does its number.
CREATE TABLE IF NOT EXISTS gone (
    track bigint PRIMARY KEY,
    content bytea NOT NULL,
    changed bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS gone_content ON gone (content);
CREATE INDEX IF NOT EXISTS gone_changed ON gone (changed);

CREATE TABLE IF NOT EXISTS failures (
    path_hash bytea PRIMARY KEY,
    record bytea NOT NULL
);

-- Who has no account is user 0.
CREATE TABLE IF NOT EXISTS events (
    user_id integer NOT NULL,
    seq bigint NOT NULL,
    nonce bytea NOT NULL,
    at timestamptz NOT NULL,
    track bigint NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (user_id, seq),
    UNIQUE (user_id, nonce)
);

CREATE TABLE IF NOT EXISTS holdings (
    user_id integer NOT NULL REFERENCES users,
    path_hash bytea NOT NULL,
    track bigint NOT NULL REFERENCES tracks ON DELETE CASCADE,
    record bytea NOT NULL,
    PRIMARY KEY (user_id, path_hash)
);
CREATE INDEX IF NOT EXISTS holdings_track ON holdings (track);

DROP TABLE IF EXISTS schema_version;
