-- The ledger on PostgreSQL 15 or later. Immutable once landed: later changes are new migrations.
-- Amounts are minor units; times are Unix seconds rounded to the minute; ids are random.
-- Texts that are keys sort as bytes, so that every process locks and inserts in one order.

CREATE TABLE identity (
    only_row        integer NOT NULL CONSTRAINT identity_primary PRIMARY KEY CONSTRAINT identity_only_row CHECK (only_row = 1),
    institution_id  text NOT NULL,
    currency        text NOT NULL,
    exponent        integer NOT NULL CONSTRAINT identity_exponent CHECK (exponent BETWEEN 0 AND 12)
);
COMMENT ON TABLE identity IS 'What this ledger is; other institutions and currencies are refused at start.';
COMMENT ON COLUMN identity.only_row IS 'Always 1: there is one row.';
COMMENT ON COLUMN identity.institution_id IS 'Immutable.';
COMMENT ON COLUMN identity.currency IS 'Immutable: the code.';
COMMENT ON COLUMN identity.exponent IS 'Immutable: digits of the minor unit.';

CREATE TABLE accounts (
    account_id      text COLLATE "C" NOT NULL CONSTRAINT accounts_primary PRIMARY KEY,
    role            text NOT NULL CONSTRAINT accounts_role CHECK (role IN ('system', 'customer', 'merchant')),
    token_hash      bytea
        CONSTRAINT accounts_token_hash_length CHECK (token_hash IS NULL OR length(token_hash) = 32),
    balance_minor   bigint NOT NULL DEFAULT 0,
    CONSTRAINT accounts_token_hash_unique UNIQUE (token_hash),
    CONSTRAINT accounts_balance CHECK (balance_minor >= 0 OR account_id = 'treasury')
);
COMMENT ON TABLE accounts IS 'Who holds money: customers, merchants, and the mint''s own accounts.';
COMMENT ON COLUMN accounts.account_id IS 'Random for customers, chosen by the operator for merchants.';
COMMENT ON COLUMN accounts.role IS 'system, customer or merchant.';
COMMENT ON COLUMN accounts.token_hash IS 'SHA-256 of the account token; NULL for system accounts.';
COMMENT ON COLUMN accounts.balance_minor IS 'Sum of the account''s entries. Treasury mirrors the money outside and alone may be negative.';
INSERT INTO accounts (account_id, role) VALUES ('treasury', 'system'), ('expired', 'system'), ('refunds', 'system');

CREATE TABLE keysets (
    keyset_id       text COLLATE "C" NOT NULL CONSTRAINT keysets_primary PRIMARY KEY,
    epoch           integer NOT NULL CONSTRAINT keysets_epoch_unique UNIQUE,
    valid_from      bigint NOT NULL,
    issue_until     bigint NOT NULL,
    redeem_until    bigint NOT NULL,
    swap_until      bigint NOT NULL,
    state           text NOT NULL DEFAULT 'live' CONSTRAINT keysets_state CHECK (state IN ('live', 'ended')),
    CONSTRAINT keysets_dates CHECK (valid_from < issue_until AND issue_until < redeem_until AND redeem_until < swap_until)
);
COMMENT ON TABLE keysets IS 'The denomination keys of one epoch each.';
COMMENT ON COLUMN keysets.keyset_id IS 'Its name, such as key_001.';
COMMENT ON COLUMN keysets.epoch IS '1, 2, 3, …; also the name of its advisory lock.';
COMMENT ON COLUMN keysets.valid_from IS 'Issues from here.';
COMMENT ON COLUMN keysets.issue_until IS 'Issues until just before here.';
COMMENT ON COLUMN keysets.redeem_until IS 'Redeems until just before here.';
COMMENT ON COLUMN keysets.swap_until IS 'Swaps until just before here.';
COMMENT ON COLUMN keysets.state IS 'live, or ended: no clock revives it.';

CREATE TABLE keys (
    key_id          bytea NOT NULL CONSTRAINT keys_primary PRIMARY KEY
        CONSTRAINT keys_key_id_length CHECK (length(key_id) = 32),
    keyset_id       text COLLATE "C" NOT NULL CONSTRAINT keys_keyset REFERENCES keysets,
    denomination_minor bigint NOT NULL CONSTRAINT keys_denomination CHECK (denomination_minor > 0),
    modulus         bytea NOT NULL CONSTRAINT keys_modulus_unique UNIQUE,
    proof           bytea NOT NULL,
    CONSTRAINT keys_denomination_unique UNIQUE (keyset_id, denomination_minor)
);
COMMENT ON TABLE keys IS 'Public keys; each signs one denomination in one epoch.';
COMMENT ON COLUMN keys.key_id IS 'SHA-256 of all that the key means.';
COMMENT ON COLUMN keys.keyset_id IS 'Its keyset.';
COMMENT ON COLUMN keys.denomination_minor IS 'What a token of this key is worth.';
COMMENT ON COLUMN keys.modulus IS 'n, big-endian; e is 65537.';
COMMENT ON COLUMN keys.proof IS 'The key proof: eight roots, one after the other.';

CREATE TABLE operations (
    operation_id    bytea NOT NULL CONSTRAINT operations_primary PRIMARY KEY
        CONSTRAINT operations_id_length CHECK (length(operation_id) = 16),
    kind            text NOT NULL CONSTRAINT operations_kind
        CHECK (kind IN ('fund', 'withdraw', 'swap', 'redeem', 'cancel', 'expire')),
    request_digest  bytea
        CONSTRAINT operations_digest_length CHECK (request_digest IS NULL OR length(request_digest) = 32),
    outcome         jsonb NOT NULL,
    at              bigint NOT NULL
);
COMMENT ON TABLE operations IS 'Everything that happened, one row each, in the transaction of all its other rows.';
COMMENT ON COLUMN operations.operation_id IS 'Random, chosen before the first attempt: an attempt that finds it is its own repeat.';
COMMENT ON COLUMN operations.kind IS 'fund, withdraw, swap, redeem, cancel or expire.';
COMMENT ON COLUMN operations.request_digest IS 'SHA-256 of the canonical request; NULL for the operator''s acts.';
COMMENT ON COLUMN operations.outcome IS 'Ids and times, for repeats; signatures are in issued.';
COMMENT ON COLUMN operations.at IS 'When, to the minute.';

CREATE TABLE claims (
    claim           text COLLATE "C" NOT NULL CONSTRAINT claims_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT claims_operation REFERENCES operations,
    keyset_id       text
);
COMMENT ON TABLE claims IS 'Names that only one operation can take.';
COMMENT ON COLUMN claims.claim IS 'idem:…, fund:…';
COMMENT ON COLUMN claims.operation_id IS 'Who took it.';
COMMENT ON COLUMN claims.keyset_id IS 'Whose end may delete it; NULL: never deleted.';

CREATE TABLE entries (
    entry_id        bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT entries_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT entries_operation REFERENCES operations,
    account_id      text COLLATE "C" CONSTRAINT entries_account REFERENCES accounts,
    key_id          bytea,
    change_minor    bigint NOT NULL CONSTRAINT entries_change CHECK (change_minor <> 0),
    CONSTRAINT entries_party CHECK ((account_id IS NULL) <> (key_id IS NULL))
);
CREATE INDEX entries_by_account ON entries (account_id, entry_id) WHERE account_id IS NOT NULL;
COMMENT ON TABLE entries IS 'Every change of value, two or more to an operation, summing to zero.';
COMMENT ON COLUMN entries.entry_id IS 'Rises, with gaps.';
COMMENT ON COLUMN entries.operation_id IS 'Its operation.';
COMMENT ON COLUMN entries.account_id IS 'Either an account …';
COMMENT ON COLUMN entries.key_id IS '… or a key''s outstanding value. No foreign key: all requests would lock the same few rows; the audit looks instead.';
COMMENT ON COLUMN entries.change_minor IS 'What it gains; never zero.';

-- Partitioned by keyset, without a default partition, so that an ended epoch goes whole. No foreign
-- keys: adding a partition would lock the table they point to. The audit finds rows without one.
CREATE TABLE spent (
    keyset_id       text COLLATE "C" NOT NULL,
    spent_id        bytea NOT NULL CONSTRAINT spent_id_length CHECK (length(spent_id) = 32),
    key_id          bytea NOT NULL CONSTRAINT spent_key_length CHECK (length(key_id) = 32),
    operation_id    bytea NOT NULL,
    CONSTRAINT spent_primary PRIMARY KEY (keyset_id, spent_id)
) PARTITION BY LIST (keyset_id);
COMMENT ON TABLE spent IS 'Tokens that ceased to exist. The primary key is what decides double spending. Nothing else does.';
COMMENT ON COLUMN spent.keyset_id IS 'The keyset of its key.';
COMMENT ON COLUMN spent.spent_id IS 'The token''s message.';
COMMENT ON COLUMN spent.key_id IS 'Its key.';
COMMENT ON COLUMN spent.operation_id IS 'Who spent it.';

CREATE TABLE issued (
    keyset_id       text COLLATE "C" NOT NULL,
    key_id          bytea NOT NULL CONSTRAINT issued_key_length CHECK (length(key_id) = 32),
    blinded_hash    bytea NOT NULL CONSTRAINT issued_hash_length CHECK (length(blinded_hash) = 32),
    blind_signature bytea NOT NULL,
    operation_id    bytea NOT NULL,
    CONSTRAINT issued_primary PRIMARY KEY (keyset_id, key_id, blinded_hash)
) PARTITION BY LIST (keyset_id);
COMMENT ON TABLE issued IS 'Blind signatures that came into the world.';
COMMENT ON COLUMN issued.keyset_id IS 'The keyset of the key.';
COMMENT ON COLUMN issued.key_id IS 'The key that signed.';
COMMENT ON COLUMN issued.blinded_hash IS 'SHA-256 of the blinded token.';
COMMENT ON COLUMN issued.blind_signature IS 'Checked against the key before it was stored.';
COMMENT ON COLUMN issued.operation_id IS 'Whose output it is.';

CREATE TABLE outbox (
    event_id        bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT outbox_operation REFERENCES operations,
    kind            text NOT NULL,
    payload         jsonb NOT NULL
);
COMMENT ON TABLE outbox IS 'Events of a posting, delivered at least once by whoever reads them.';
COMMENT ON COLUMN outbox.event_id IS 'Rises, with gaps.';
COMMENT ON COLUMN outbox.operation_id IS 'Its operation.';
COMMENT ON COLUMN outbox.kind IS 'What happened.';
COMMENT ON COLUMN outbox.payload IS 'JSON.';

-- Called when a keyset is added. It runs with the owner's rights, so that the application's role can
-- add partitions without being able to change anything else about the tables.
CREATE FUNCTION add_partitions(keyset text, epoch integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    EXECUTE format('CREATE TABLE spent_e%s (LIKE spent INCLUDING CONSTRAINTS)', epoch);
    EXECUTE format('CREATE TABLE issued_e%s (LIKE issued INCLUDING CONSTRAINTS)', epoch);
    EXECUTE format('ALTER TABLE spent ATTACH PARTITION spent_e%s FOR VALUES IN (%L)', epoch, keyset);
    EXECUTE format('ALTER TABLE issued ATTACH PARTITION issued_e%s FOR VALUES IN (%L)', epoch, keyset);
END $$;
REVOKE ALL ON FUNCTION add_partitions FROM PUBLIC;
COMMENT ON FUNCTION add_partitions IS 'Partitions for a new keyset: created, then attached, without blocking those that are in use.';

-- Roles. ecash_app: what a serving mint may do; it can spend a token, but not unspend one.
-- ecash_auditor: may look. Roles belong to the whole server and may exist already, made by another
-- ledger's migration at the same moment; where this user may not make them, the mint works without.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ecash_app', 'ecash_auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;
                WHEN insufficient_privilege THEN
                    RAISE NOTICE 'this user may not create the role %; the ledger works without it', name;
            END;
        END IF;
    END LOOP;
    -- It runs with the owner's rights: nobody may put tables of their own in its way.
    EXECUTE format('ALTER FUNCTION add_partitions SET search_path = %I, pg_temp', current_schema());
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO ecash_app', current_schema());
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO ecash_app', current_schema());
        GRANT INSERT ON identity, accounts, keysets, keys, operations, claims, entries, spent, issued, outbox TO ecash_app;
        GRANT UPDATE (balance_minor) ON accounts TO ecash_app;
        GRANT UPDATE (state) ON keysets TO ecash_app;
        GRANT EXECUTE ON FUNCTION add_partitions TO ecash_app;
        BEGIN
            EXECUTE format('GRANT ecash_app TO %I', current_user);
        EXCEPTION
            WHEN insufficient_privilege OR invalid_grant_operation OR unique_violation THEN
                RAISE NOTICE 'this user is not made a member of ecash_app; the ledger works without';
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO ecash_auditor', current_schema());
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO ecash_auditor', current_schema());
    END IF;
END $$;
