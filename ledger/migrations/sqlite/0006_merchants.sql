-- What payers see of a merchant, and the keys of its servers.

-- Accounts that may be paid: one row for each account with the role merchant.
CREATE TABLE merchants (
    account_id      TEXT NOT NULL PRIMARY KEY CONSTRAINT merchants_account REFERENCES accounts,
    name            TEXT NOT NULL               -- that payers see; at first the account id
        CONSTRAINT merchants_name CHECK (length(name) BETWEEN 1 AND 64),
    token_hash      BLOB                        -- SHA-256 of the account token that replaced a lost one; NULL: the first one works
        CONSTRAINT merchants_token UNIQUE CONSTRAINT merchants_token_hash CHECK (length(token_hash) = 32)
) STRICT, WITHOUT ROWID;
INSERT INTO merchants (account_id, name) SELECT account_id, account_id FROM accounts WHERE role = 'merchant';

-- Addresses of the merchants' shops.
CREATE TABLE domains (
    merchant_id     TEXT NOT NULL CONSTRAINT domains_merchant REFERENCES merchants,
    origin          TEXT NOT NULL CONSTRAINT domains_origin CHECK (length(origin) <= 261),  -- scheme, host and port
    is_verified     INTEGER NOT NULL            -- whether the mint has verified that the address is the merchant's
        CONSTRAINT domains_is_verified CHECK (is_verified IN (0, 1)),
    created_at      INTEGER NOT NULL,           -- of several verified addresses, payers see the oldest
    CONSTRAINT domains_primary PRIMARY KEY (merchant_id, origin)
) STRICT, WITHOUT ROWID;

-- Keys with which the servers of merchants authenticate. Deleted 90 days after they stopped working.
CREATE TABLE api_keys (
    key_id          TEXT NOT NULL PRIMARY KEY,  -- public part of the key
    merchant_id     TEXT NOT NULL CONSTRAINT api_keys_merchant REFERENCES merchants,
    secret_hash     BLOB NOT NULL CONSTRAINT api_keys_secret UNIQUE CONSTRAINT api_keys_hash CHECK (length(secret_hash) = 32),
    name            TEXT NOT NULL CONSTRAINT api_keys_name CHECK (length(name) BETWEEN 1 AND 64),
    scopes          TEXT NOT NULL,              -- names separated by commas
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,                    -- from then on the key is refused; NULL: never
    revoked_at      INTEGER,
    last_used_day   INTEGER                     -- start of the day (UTC) of the latest use
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_by_merchant ON api_keys (merchant_id, created_at);
