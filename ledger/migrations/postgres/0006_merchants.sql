-- What payers see of a merchant, and the keys of its servers.

CREATE TABLE merchants (
    account_id      text COLLATE "C" NOT NULL CONSTRAINT merchants_primary PRIMARY KEY
        CONSTRAINT merchants_account REFERENCES accounts,
    name            text NOT NULL CONSTRAINT merchants_name CHECK (char_length(name) BETWEEN 1 AND 64),
    token_hash      bytea CONSTRAINT merchants_token UNIQUE CONSTRAINT merchants_token_hash CHECK (length(token_hash) = 32)
);
INSERT INTO merchants (account_id, name) SELECT account_id, account_id FROM accounts WHERE role = 'merchant';
COMMENT ON TABLE merchants IS 'Accounts that may be paid: one row for each account with the role merchant.';
COMMENT ON COLUMN merchants.account_id IS 'Account that is credited.';
COMMENT ON COLUMN merchants.name IS 'Name that payers see; at first the account id.';

CREATE TABLE domains (
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT domains_merchant REFERENCES merchants,
    origin          text COLLATE "C" NOT NULL CONSTRAINT domains_origin CHECK (char_length(origin) <= 261),
    is_verified     boolean NOT NULL,
    created_at      bigint NOT NULL,
    CONSTRAINT domains_primary PRIMARY KEY (merchant_id, origin)
);
COMMENT ON COLUMN merchants.token_hash IS 'SHA-256 of the account token that replaced a lost one; NULL: the account''s first token works.';
COMMENT ON TABLE domains IS 'Addresses of the merchants'' shops.';
COMMENT ON COLUMN domains.merchant_id IS 'Merchant that claims the address.';
COMMENT ON COLUMN domains.origin IS 'Scheme, host and port.';
COMMENT ON COLUMN domains.is_verified IS 'Whether the mint has verified that the address is the merchant''s.';
COMMENT ON COLUMN domains.created_at IS 'Unix seconds; of several verified addresses, payers see the oldest.';

CREATE TABLE api_keys (
    key_id          text COLLATE "C" NOT NULL CONSTRAINT api_keys_primary PRIMARY KEY,
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT api_keys_merchant REFERENCES merchants,
    secret_hash     bytea NOT NULL CONSTRAINT api_keys_secret UNIQUE CONSTRAINT api_keys_hash CHECK (length(secret_hash) = 32),
    name            text NOT NULL CONSTRAINT api_keys_name CHECK (char_length(name) BETWEEN 1 AND 64),
    scopes          text NOT NULL,
    created_at      bigint NOT NULL,
    expires_at      bigint,
    revoked_at      bigint,
    last_used_day   bigint
);
CREATE INDEX api_keys_by_merchant ON api_keys (merchant_id, created_at);
COMMENT ON TABLE api_keys IS 'Keys with which the servers of merchants authenticate. Deleted 90 days after they stopped working.';
COMMENT ON COLUMN api_keys.key_id IS 'Public part of the key.';
COMMENT ON COLUMN api_keys.merchant_id IS 'Merchant that the key acts for.';
COMMENT ON COLUMN api_keys.secret_hash IS 'SHA-256 of the key.';
COMMENT ON COLUMN api_keys.name IS 'What the key is for, in the merchant''s words.';
COMMENT ON COLUMN api_keys.scopes IS 'What the key may do: names separated by commas.';
COMMENT ON COLUMN api_keys.created_at IS 'Unix seconds.';
COMMENT ON COLUMN api_keys.expires_at IS 'Unix seconds; from then on the key is refused. NULL: never.';
COMMENT ON COLUMN api_keys.revoked_at IS 'Unix seconds; NULL: not revoked.';
COMMENT ON COLUMN api_keys.last_used_day IS 'Unix seconds of the start of the day (UTC) of the latest use; no finer, so that it tells nothing about payers.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON merchants, domains, api_keys TO ecash_app;
        GRANT UPDATE (name, token_hash) ON merchants TO ecash_app;
        GRANT UPDATE (is_verified), DELETE ON domains TO ecash_app;
        GRANT UPDATE (expires_at, revoked_at, last_used_day), DELETE ON api_keys TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON merchants, domains TO ecash_auditor;
    END IF;
END $$;
