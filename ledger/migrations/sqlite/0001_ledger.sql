-- The ledger. Immutable once landed: later changes are new migrations.
-- Amounts are minor units; times are Unix seconds rounded to the minute; ids are random.

-- What this ledger is; other institutions and currencies are refused at start.
CREATE TABLE identity (
    only_row        INTEGER PRIMARY KEY CONSTRAINT identity_only_row CHECK (only_row = 1),
    institution_id  TEXT NOT NULL,      -- immutable
    currency        TEXT NOT NULL,      -- immutable: the code
    exponent        INTEGER NOT NULL    -- immutable: digits of the minor unit
) STRICT;

CREATE TABLE accounts (
    account_id      TEXT NOT NULL PRIMARY KEY,
    role            TEXT NOT NULL CONSTRAINT accounts_role CHECK (role IN ('system', 'customer', 'merchant')),
    token_hash      BLOB                -- SHA-256 of the account token; NULL for system accounts
        CONSTRAINT accounts_token_hash_length CHECK (token_hash IS NULL OR length(token_hash) = 32),
    balance_minor   INTEGER NOT NULL DEFAULT 0,  -- equals the sum of the account's entries
    CONSTRAINT accounts_token_hash_unique UNIQUE (token_hash),
    -- treasury mirrors the money outside and alone may be negative
    CONSTRAINT accounts_balance CHECK (balance_minor >= 0 OR account_id = 'treasury')
) STRICT, WITHOUT ROWID;

INSERT INTO accounts (account_id, role) VALUES ('treasury', 'system'), ('expired', 'system'), ('refunds', 'system');

CREATE TABLE keysets (
    keyset_id       TEXT NOT NULL PRIMARY KEY,
    epoch           INTEGER NOT NULL CONSTRAINT keysets_epoch_unique UNIQUE,  -- 1, 2, 3, …
    valid_from      INTEGER NOT NULL,   -- issues from here
    issue_until     INTEGER NOT NULL,   -- issues until just before here
    redeem_until    INTEGER NOT NULL,   -- redeems until just before here
    swap_until      INTEGER NOT NULL,   -- swaps until just before here
    state           TEXT NOT NULL DEFAULT 'live'  -- 'ended': no clock revives it
        CONSTRAINT keysets_state CHECK (state IN ('live', 'ended')),
    CONSTRAINT keysets_dates CHECK (valid_from < issue_until AND issue_until < redeem_until AND redeem_until < swap_until)
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    key_id          BLOB NOT NULL PRIMARY KEY CONSTRAINT keys_key_id_length CHECK (length(key_id) = 32),
    keyset_id       TEXT NOT NULL CONSTRAINT keys_keyset REFERENCES keysets,
    denomination_minor INTEGER NOT NULL CONSTRAINT keys_denomination CHECK (denomination_minor > 0),
    modulus         BLOB NOT NULL CONSTRAINT keys_modulus_unique UNIQUE,
    proof           BLOB NOT NULL,      -- eight roots, one after the other
    CONSTRAINT keys_denomination_unique UNIQUE (keyset_id, denomination_minor)
) STRICT, WITHOUT ROWID;

CREATE TABLE operations (
    operation_id    BLOB NOT NULL PRIMARY KEY CONSTRAINT operations_id_length CHECK (length(operation_id) = 16),
    kind            TEXT NOT NULL CONSTRAINT operations_kind
        CHECK (kind IN ('fund', 'withdraw', 'swap', 'redeem', 'cancel')),
    request_digest  BLOB                -- SHA-256 of the canonical request; NULL for operator's acts
        CONSTRAINT operations_digest_length CHECK (request_digest IS NULL OR length(request_digest) = 32),
    outcome         TEXT NOT NULL,      -- JSON: ids and times, for repeats
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
    claim           TEXT NOT NULL PRIMARY KEY,  -- 'idem:…', 'fund:…'
    operation_id    BLOB NOT NULL CONSTRAINT claims_operation REFERENCES operations,
    keyset_id       TEXT                -- whose end deletes the claim; NULL: never
) STRICT, WITHOUT ROWID;

-- Every change of value, two or more to an operation, summing to zero.
CREATE TABLE entries (
    entry_id        INTEGER PRIMARY KEY AUTOINCREMENT,
    operation_id    BLOB NOT NULL CONSTRAINT entries_operation REFERENCES operations,
    account_id      TEXT CONSTRAINT entries_account REFERENCES accounts,  -- either an account …
    key_id          BLOB CONSTRAINT entries_key REFERENCES keys,          -- … or a key's outstanding value
    change_minor    INTEGER NOT NULL CONSTRAINT entries_change CHECK (change_minor <> 0),
    CONSTRAINT entries_party CHECK ((account_id IS NULL) <> (key_id IS NULL))
) STRICT;
CREATE INDEX entries_by_account ON entries (account_id, entry_id) WHERE account_id IS NOT NULL;

-- The primary key is what decides double spending. Nothing else does.
CREATE TABLE spent (
    keyset_id       TEXT NOT NULL,
    spent_id        BLOB NOT NULL CONSTRAINT spent_id_length CHECK (length(spent_id) = 32),
    key_id          BLOB NOT NULL CONSTRAINT spent_key REFERENCES keys,
    operation_id    BLOB NOT NULL CONSTRAINT spent_operation REFERENCES operations,
    PRIMARY KEY (keyset_id, spent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE issued (
    keyset_id       TEXT NOT NULL,
    key_id          BLOB NOT NULL CONSTRAINT issued_key REFERENCES keys,
    blinded_hash    BLOB NOT NULL CONSTRAINT issued_hash_length CHECK (length(blinded_hash) = 32),
    blind_signature BLOB NOT NULL,      -- checked against the key before it was stored
    operation_id    BLOB NOT NULL CONSTRAINT issued_operation REFERENCES operations,
    PRIMARY KEY (keyset_id, key_id, blinded_hash)
) STRICT, WITHOUT ROWID;

-- Events of a posting, delivered at least once by whoever reads the outbox.
CREATE TABLE outbox (
    event_id        INTEGER PRIMARY KEY AUTOINCREMENT,
    operation_id    BLOB NOT NULL CONSTRAINT outbox_operation REFERENCES operations,
    kind            TEXT NOT NULL,
    payload         TEXT NOT NULL       -- JSON
) STRICT;
