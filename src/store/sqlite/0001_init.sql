CREATE TABLE user (
    seq INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    disabled_at INTEGER,
    deleted_at INTEGER
) STRICT;

-- Every name that is or was used: none can be given again, nor one that looks like it.
CREATE TABLE user_name (
    name TEXT NOT NULL PRIMARY KEY,
    folded TEXT NOT NULL,
    skeleton TEXT NOT NULL,
    user INTEGER NOT NULL REFERENCES user (seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_name_folded ON user_name (folded);
CREATE INDEX user_name_skeleton ON user_name (skeleton);
CREATE INDEX user_name_user ON user_name (user);

-- digest_kind: 0 is SHA-256 of the token, 1 knox's SHA-512, 2 Sanctum's SHA-256 of what follows the bar.
-- Times are Unix seconds.
CREATE TABLE token (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (length(id) = 10),
    digest BLOB NOT NULL,
    digest_kind INTEGER NOT NULL CHECK (digest_kind BETWEEN 0 AND 2),
    user INTEGER NOT NULL REFERENCES user (seq),
    note TEXT NOT NULL,
    labels TEXT NOT NULL,
    generator TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER,
    suspended_at INTEGER,
    revoked_at INTEGER,
    revoked_reason TEXT NOT NULL,
    policy TEXT NOT NULL,
    networks TEXT,
    family TEXT NOT NULL,
    rotated_to TEXT,
    revision INTEGER NOT NULL,
    extra TEXT,
    UNIQUE (digest, digest_kind),
    CHECK (length(digest) = CASE digest_kind WHEN 1 THEN 64 ELSE 32 END)
) STRICT;

CREATE INDEX token_user ON token (user);
CREATE INDEX token_user_expires ON token (user, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX token_expires ON token (ifnull(expires_at, 253402300800));
CREATE INDEX token_created ON token (created_at);
CREATE INDEX token_revoked ON token (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX token_suspended ON token (suspended_at) WHERE suspended_at IS NOT NULL;
CREATE INDEX token_rotated ON token (rotated_to) WHERE rotated_to IS NOT NULL;
CREATE INDEX token_family ON token (family) WHERE family <> id;
CREATE INDEX token_generator ON token (generator);
CREATE INDEX token_foreign_digest ON token (digest_kind) WHERE digest_kind <> 0;

-- An index of token.labels.
CREATE TABLE token_label (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    token INTEGER NOT NULL REFERENCES token (seq),
    PRIMARY KEY (key, value, token)
) STRICT, WITHOUT ROWID;

CREATE INDEX token_label_token ON token_label (token);

-- Last uses, apart from the tokens so that recording them is small.
CREATE TABLE usage (
    token INTEGER PRIMARY KEY REFERENCES token (seq),
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX usage_at ON usage (at);

-- What is left of removed tokens, so that none can come back.
CREATE TABLE tombstone (
    digest BLOB NOT NULL,
    digest_kind INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    PRIMARY KEY (digest, digest_kind)
) STRICT, WITHOUT ROWID;

-- The chain: each hash covers its row and the hash before.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    user TEXT NOT NULL,
    token TEXT,
    details TEXT NOT NULL,
    previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX event_token ON event (token) WHERE token IS NOT NULL;
CREATE INDEX event_user ON event (user);
