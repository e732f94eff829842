-- The ledger's schema: createdb ecash_db && psql ecash_db < ledger/schema.sql
-- Made from ledger/migrations/postgres by `ecash-mint schema`; a test compares them.
\set ON_ERROR_STOP on
BEGIN;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
    success BOOLEAN NOT NULL,
    checksum BYTEA NOT NULL,
    execution_time BIGINT NOT NULL
);

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
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (1, 'ledger', TRUE, '\x41188d92c3b34b971ef0b0df54a8c18dbcbc6660e365ebd51be7d6e154ad9e49bbda7397e26df21f97c4d1be688c0469', 0);

-- The audit log: what happened, sealed into a chain. No serial, blinded value, idempotency key or
-- address is in it. Operations older than the log have a row without a digest. Stop the mints of the version
-- before: they would go on without writing into it, and the audit would name what they did.
LOCK TABLE operations IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE audit_log (
    audit_id        bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_log_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT audit_log_id_length CHECK (length(operation_id) = 16),
    kind            text NOT NULL,
    digest          bytea CONSTRAINT audit_log_digest_length CHECK (length(digest) = 32),
    seal_no         bigint
);
CREATE INDEX audit_log_unsealed ON audit_log (audit_id) WHERE seal_no IS NULL;
COMMENT ON TABLE audit_log IS 'One row for each operation, written in its transaction.';
COMMENT ON COLUMN audit_log.audit_id IS 'Rises, with gaps.';
COMMENT ON COLUMN audit_log.operation_id IS 'The operation. No foreign key: the audit looks instead.';
COMMENT ON COLUMN audit_log.kind IS 'What it did.';
COMMENT ON COLUMN audit_log.digest IS 'SHA-256 of the operation and its entries; NULL: older than the log.';
COMMENT ON COLUMN audit_log.seal_no IS 'The seal that covers it; set once.';

CREATE TABLE seals (
    seal_no         bigint NOT NULL CONSTRAINT seals_primary PRIMARY KEY,
    row_count       bigint NOT NULL CONSTRAINT seals_row_count CHECK (row_count > 0),
    rows_digest     bytea NOT NULL CONSTRAINT seals_rows_digest_length CHECK (length(rows_digest) = 32),
    at              bigint NOT NULL,
    seal_hash       bytea NOT NULL CONSTRAINT seals_hash_length CHECK (length(seal_hash) = 32),
    public_key      bytea NOT NULL CONSTRAINT seals_key_length CHECK (length(public_key) = 32),
    signature       bytea NOT NULL CONSTRAINT seals_signature_length CHECK (length(signature) = 64)
);
COMMENT ON TABLE seals IS 'The chain: each seal covers rows of the audit log and the seal before it.';
COMMENT ON COLUMN seals.seal_no IS '1, 2, 3, … without gaps.';
COMMENT ON COLUMN seals.row_count IS 'How many rows it covers.';
COMMENT ON COLUMN seals.rows_digest IS 'SHA-256 of these rows, by audit_id.';
COMMENT ON COLUMN seals.at IS 'When, to the minute.';
COMMENT ON COLUMN seals.seal_hash IS 'SHA-256 of the last seal''s hash and of the columns before.';
COMMENT ON COLUMN seals.public_key IS 'Ed25519: who sealed.';
COMMENT ON COLUMN seals.signature IS 'Of seal_hash.';

CREATE FUNCTION refuse_second_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of the audit log is sealed once' USING ERRCODE = 'integrity_constraint_violation';
END $$;
COMMENT ON FUNCTION refuse_second_seal IS 'What is sealed stays as it is, whoever asks.';
CREATE TRIGGER audit_log_sealed_once BEFORE UPDATE ON audit_log
    FOR EACH ROW WHEN (OLD.seal_no IS NOT NULL) EXECUTE FUNCTION refuse_second_seal();

INSERT INTO audit_log (operation_id, kind) SELECT operation_id, kind FROM operations ORDER BY operation_id;

-- ecash_sealer: may seal rows that are there, and nothing else. ecash_app may add rows, and not seal them.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_sealer') THEN
        BEGIN
            CREATE ROLE ecash_sealer NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'this user may not create the role ecash_sealer; the ledger works without it';
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_sealer') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO ecash_sealer', current_schema());
        GRANT SELECT ON audit_log, seals TO ecash_sealer;
        GRANT UPDATE (seal_no) ON audit_log TO ecash_sealer;
        GRANT INSERT ON seals TO ecash_sealer;
        BEGIN
            EXECUTE format('GRANT ecash_sealer TO %I', current_user);
        EXCEPTION
            WHEN insufficient_privilege OR invalid_grant_operation OR unique_violation THEN
                RAISE NOTICE 'this user is not made a member of ecash_sealer; the ledger works without';
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT ON audit_log, seals TO ecash_app;
        GRANT INSERT (operation_id, kind, digest) ON audit_log TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON audit_log, seals TO ecash_auditor;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (2, 'audit log', TRUE, '\xb965c2382cb6945ed6b0ab111bd9237596ce78020091a474a635a714f06799c83092ebcb466ac06ddaac6fe58998236c', 0);

-- A balance is at most 2^53 - 1 minor units: what a JSON number carries exactly. Not validated for rows that are
-- there: the audit lists those.
ALTER TABLE accounts ADD CONSTRAINT accounts_balance_limit
    CHECK (balance_minor BETWEEN -9007199254740991 AND 9007199254740991) NOT VALID;

CREATE TABLE clock (
    only_row        integer NOT NULL CONSTRAINT clock_primary PRIMARY KEY CONSTRAINT clock_only_row CHECK (only_row = 1),
    newest          bigint,
    doubted_at      bigint
);
COMMENT ON TABLE clock IS 'The newest time at which a mint''s clock was believed. A clock that disagrees with it ends no epoch.';
COMMENT ON COLUMN clock.only_row IS 'Always 1.';
COMMENT ON COLUMN clock.newest IS 'Unix seconds; NULL: nothing has happened yet.';
COMMENT ON COLUMN clock.doubted_at IS 'What a clock said that disagrees, and was not confirmed yet.';
INSERT INTO clock (only_row, newest) SELECT 1, max(at) FROM operations;

CREATE TABLE write_probe (
    only_row        integer NOT NULL CONSTRAINT write_probe_primary PRIMARY KEY CONSTRAINT write_probe_only_row CHECK (only_row = 1),
    filler          bytea NOT NULL
);
-- As many bytes on disk as are written: a large probe must not be compressed into a small one.
ALTER TABLE write_probe ALTER COLUMN filler SET STORAGE EXTERNAL;
COMMENT ON TABLE write_probe IS 'Written by health checks: whether the ledger accepts writes is known by writing.';
COMMENT ON COLUMN write_probe.only_row IS 'Always 1.';
COMMENT ON COLUMN write_probe.filler IS 'Zeros.';
INSERT INTO write_probe (only_row, filler) VALUES (1, '');

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, UPDATE (newest, doubted_at) ON clock TO ecash_app;
        GRANT SELECT, INSERT, UPDATE (filler), TRUNCATE ON write_probe TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON clock, write_probe TO ecash_auditor;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (3, 'limits clock probe', TRUE, '\x72f05f45c21be9ab8b72dfc0012ae2661c9909bf9f8dc53967ce921c79cdafccbecbc656bb33630dc22eefe7ec0a33eb', 0);

-- Comments in plain terms: unit, range, lifetime and purpose of each column.

COMMENT ON TABLE identity IS 'The institution and currency of this ledger. A mint with others does not start.';
COMMENT ON COLUMN identity.only_row IS 'Always 1, so that there is one row.';
COMMENT ON COLUMN identity.institution_id IS 'Part of every key id. Immutable.';
COMMENT ON COLUMN identity.currency IS 'Currency code of every amount. Immutable.';
COMMENT ON COLUMN identity.exponent IS 'Number of decimal digits of the minor unit. Immutable.';

COMMENT ON TABLE accounts IS 'Balances of customers, merchants and the mint''s own system accounts.';
COMMENT ON COLUMN accounts.account_id IS 'Random for customers, chosen by the operator for merchants.';
COMMENT ON COLUMN accounts.role IS 'system, customer or merchant.';
COMMENT ON COLUMN accounts.token_hash IS 'SHA-256 of the account token; NULL for system accounts.';
COMMENT ON COLUMN accounts.balance_minor IS 'Sum of the account''s entries, in minor units. Only treasury, which mirrors the money held outside, may be negative.';

COMMENT ON TABLE keysets IS 'The denomination keys of one epoch each.';
COMMENT ON COLUMN keysets.keyset_id IS 'Name of the keyset, such as key_001.';
COMMENT ON COLUMN keysets.epoch IS 'Counts 1, 2, 3, … Also the key of the keyset''s advisory lock.';
COMMENT ON COLUMN keysets.valid_from IS 'Start of issuing, in Unix seconds.';
COMMENT ON COLUMN keysets.issue_until IS 'End of issuing, exclusive.';
COMMENT ON COLUMN keysets.redeem_until IS 'End of redeeming, exclusive.';
COMMENT ON COLUMN keysets.swap_until IS 'End of swapping, exclusive.';
COMMENT ON COLUMN keysets.state IS 'live or ended. An ended keyset stays ended whatever the clock says.';

COMMENT ON TABLE keys IS 'Public keys. Each signs one denomination in one epoch.';
COMMENT ON COLUMN keys.key_id IS 'SHA-256 of the key''s descriptor: institution, currency, denomination, modulus and dates.';
COMMENT ON COLUMN keys.keyset_id IS 'Keyset of the key.';
COMMENT ON COLUMN keys.denomination_minor IS 'Value of each token of this key, in minor units.';
COMMENT ON COLUMN keys.modulus IS 'RSA modulus n, big-endian. The exponent e is 65537.';
COMMENT ON COLUMN keys.proof IS 'Key proof: eight roots of k bytes each, concatenated.';

COMMENT ON TABLE operations IS 'One row per committed operation, written in the transaction of all its other rows.';
COMMENT ON COLUMN operations.operation_id IS 'Random, chosen before the first attempt. An attempt that finds its own id has committed before.';
COMMENT ON COLUMN operations.kind IS 'fund, withdraw, swap, redeem, cancel or expire.';
COMMENT ON COLUMN operations.request_digest IS 'SHA-256 of the canonical request; NULL for operations that no client requested.';
COMMENT ON COLUMN operations.outcome IS 'Ids and times of the response, for repeats. Signatures are in issued.';
COMMENT ON COLUMN operations.at IS 'Time of the operation, rounded down to the minute.';

COMMENT ON TABLE claims IS 'Names that only one operation can take.';
COMMENT ON COLUMN claims.claim IS 'idem:… of a request, fund:… of an outside payment.';
COMMENT ON COLUMN claims.operation_id IS 'Operation that took the claim.';
COMMENT ON COLUMN claims.keyset_id IS 'The claim may be deleted after this keyset has ended; NULL: never.';

COMMENT ON TABLE entries IS 'Changes of value. Those of one operation sum to zero.';
COMMENT ON COLUMN entries.entry_id IS 'Increases, with gaps.';
COMMENT ON COLUMN entries.operation_id IS 'Operation of the change.';
COMMENT ON COLUMN entries.account_id IS 'Account whose balance changes; NULL if the change is of a key.';
COMMENT ON COLUMN entries.key_id IS 'Key whose outstanding value changes; NULL if the change is of an account. No foreign key, because all requests would lock the same few rows; the audit checks it.';
COMMENT ON COLUMN entries.change_minor IS 'Change in minor units; never zero.';

COMMENT ON TABLE spent IS 'Spent tokens. This primary key alone decides double spending.';
COMMENT ON COLUMN spent.keyset_id IS 'Keyset of the token''s key; selects the partition.';
COMMENT ON COLUMN spent.spent_id IS 'Message of the token.';
COMMENT ON COLUMN spent.key_id IS 'Key that signed the token.';
COMMENT ON COLUMN spent.operation_id IS 'Operation that spent the token.';

COMMENT ON TABLE issued IS 'Issued blind signatures, for repeats and restores.';
COMMENT ON COLUMN issued.keyset_id IS 'Keyset of the key; selects the partition.';
COMMENT ON COLUMN issued.key_id IS 'Key that signed.';
COMMENT ON COLUMN issued.blinded_hash IS 'SHA-256 of the blinded token.';
COMMENT ON COLUMN issued.blind_signature IS 'Blind signature, verified against the public key before it was stored.';
COMMENT ON COLUMN issued.operation_id IS 'Operation that issued the signature.';

COMMENT ON TABLE outbox IS 'Events of postings, delivered at least once by the process that reads them.';
COMMENT ON COLUMN outbox.event_id IS 'Increases, with gaps.';
COMMENT ON COLUMN outbox.operation_id IS 'Operation that the event reports.';
COMMENT ON COLUMN outbox.kind IS 'Name of the event.';
COMMENT ON COLUMN outbox.payload IS 'Data of the event, in JSON, without tokens or signatures.';

COMMENT ON FUNCTION add_partitions IS 'Adds the partitions of a new keyset. Creates before it attaches, so that partitions in use are not blocked.';

COMMENT ON TABLE audit_log IS 'One row per operation, written in its transaction and sealed later.';
COMMENT ON COLUMN audit_log.audit_id IS 'Increases, with gaps.';
COMMENT ON COLUMN audit_log.operation_id IS 'Operation of the row. No foreign key; the audit checks it.';
COMMENT ON COLUMN audit_log.kind IS 'Kind of the operation.';
COMMENT ON COLUMN audit_log.digest IS 'SHA-256 of the operation and its entries; NULL for operations older than the log.';
COMMENT ON COLUMN audit_log.seal_no IS 'Seal that covers the row. Set once.';
COMMENT ON TABLE seals IS 'Chain of seals. Each covers rows of the audit log and the seal before it.';
COMMENT ON COLUMN seals.seal_no IS 'Counts 1, 2, 3, … without gaps.';
COMMENT ON COLUMN seals.row_count IS 'Number of rows that the seal covers.';
COMMENT ON COLUMN seals.rows_digest IS 'SHA-256 of these rows, in the order of audit_id.';
COMMENT ON COLUMN seals.at IS 'Time of sealing, rounded down to the minute.';
COMMENT ON COLUMN seals.seal_hash IS 'SHA-256 of the previous seal''s hash and of the columns before this one.';
COMMENT ON COLUMN seals.public_key IS 'Ed25519 public key of the sealer.';
COMMENT ON COLUMN seals.signature IS 'Ed25519 signature of seal_hash.';
COMMENT ON FUNCTION refuse_second_seal IS 'Refuses any change of a sealed row, for every role.';

COMMENT ON TABLE clock IS 'The newest time at which a mint''s clock was believed. No keyset is ended by a clock that disagrees with it.';
COMMENT ON COLUMN clock.only_row IS 'Always 1, so that there is one row.';
COMMENT ON COLUMN clock.newest IS 'Unix seconds; NULL in a new ledger.';
COMMENT ON COLUMN clock.doubted_at IS 'Time of a clock that disagreed and is not confirmed, in Unix seconds.';
COMMENT ON TABLE write_probe IS 'Row that health checks update, because only a write shows that the ledger accepts writes.';
COMMENT ON COLUMN write_probe.only_row IS 'Always 1, so that there is one row.';
COMMENT ON COLUMN write_probe.filler IS 'Zeros; their length is the size of a probe.';
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (4, 'comments', TRUE, '\xf9ca9ca08d72d5e2314c32153691ac6372ec954e0c9a51576681f713a76915f97b8ddd9d5662de452bead387479c42b0', 0);

-- Payments that merchants ask for. Each is created by one posting and ended by at most one other, whose claim
-- payment:<payment_id> only one can take.

ALTER TABLE operations DROP CONSTRAINT operations_kind;
ALTER TABLE operations ADD CONSTRAINT operations_kind CHECK (kind IN (
    'fund', 'withdraw', 'swap', 'redeem', 'cancel', 'expire', 'payment', 'payment_cancel', 'payment_expire', 'refund',
    'refund_claim', 'refund_return', 'payout', 'payout_end', 'merchant_admin'));
COMMENT ON COLUMN operations.kind IS 'What the operation does: fund, withdraw, swap, redeem, cancel, expire, payment, …';
COMMENT ON COLUMN claims.claim IS 'idem:… of a request, fund:… of an outside payment, payment:… and order:… of a paid payment.';

CREATE TABLE payments (
    payment_id      text COLLATE "C" NOT NULL CONSTRAINT payments_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT payments_operation REFERENCES operations,
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT payments_merchant REFERENCES accounts,
    amount_minor    bigint NOT NULL CONSTRAINT payments_amount CHECK (amount_minor > 0),
    tip_max_minor   bigint NOT NULL CONSTRAINT payments_tip_max CHECK (tip_max_minor >= 0),
    description     text NOT NULL CONSTRAINT payments_description CHECK (char_length(description) <= 200),
    order_ref       text COLLATE "C" CONSTRAINT payments_order_ref CHECK (char_length(order_ref) BETWEEN 1 AND 64),
    is_split        boolean NOT NULL,
    details_box     bytea CONSTRAINT payments_details_box CHECK (length(details_box) <= 4096),
    details_hash    bytea CONSTRAINT payments_details_hash CHECK (length(details_hash) = 32),
    metadata        jsonb CONSTRAINT payments_metadata CHECK (length(metadata::text) <= 8192),
    return_url      text CONSTRAINT payments_return_url CHECK (char_length(return_url) <= 2048),
    created_at      bigint NOT NULL,
    expires_at      bigint NOT NULL,
    CONSTRAINT payments_times CHECK (created_at < expires_at)
);
CREATE INDEX payments_by_merchant ON payments (merchant_id, created_at, payment_id);
CREATE INDEX payments_by_order ON payments (merchant_id, order_ref) WHERE order_ref IS NOT NULL;
COMMENT ON TABLE payments IS 'Payments that merchants ask for. Rows are never changed.';
COMMENT ON COLUMN payments.payment_id IS 'pay_ and 16 random bytes in base64url. Whoever knows it may read and pay the payment.';
COMMENT ON COLUMN payments.operation_id IS 'Operation that created the payment.';
COMMENT ON COLUMN payments.merchant_id IS 'Account that is credited.';
COMMENT ON COLUMN payments.amount_minor IS 'Amount to pay, in minor units.';
COMMENT ON COLUMN payments.tip_max_minor IS 'Highest tip, in minor units; 0: no tip.';
COMMENT ON COLUMN payments.description IS 'One line for the payer, in the merchant''s words.';
COMMENT ON COLUMN payments.order_ref IS 'The merchant''s name of the order. At most one payment of an order is paid, unless it is split.';
COMMENT ON COLUMN payments.is_split IS 'Whether several payments of one order may be paid.';
COMMENT ON COLUMN payments.details_box IS 'Details of the order, encrypted for the payer. The mint has no key.';
COMMENT ON COLUMN payments.details_hash IS 'SHA-256 that commits to the details.';
COMMENT ON COLUMN payments.metadata IS 'JSON of the merchant, at most 4 KiB as text.';
COMMENT ON COLUMN payments.return_url IS 'Page of the shop to go to after the payment.';
COMMENT ON COLUMN payments.created_at IS 'Unix seconds.';
COMMENT ON COLUMN payments.expires_at IS 'Unix seconds; from then on the payment is refused.';

CREATE TABLE open_payments (
    payment_id      text COLLATE "C" NOT NULL CONSTRAINT open_payments_primary PRIMARY KEY
        CONSTRAINT open_payments_payment REFERENCES payments,
    merchant_id     text COLLATE "C" NOT NULL,
    expires_at      bigint NOT NULL
);
CREATE INDEX open_payments_by_expiry ON open_payments (expires_at);
CREATE INDEX open_payments_by_merchant ON open_payments (merchant_id);
COMMENT ON TABLE open_payments IS 'Payments without a settlement, so that looking for expired ones reads nothing else.';
COMMENT ON COLUMN open_payments.payment_id IS 'The open payment. The row is deleted by the posting that settles it.';
COMMENT ON COLUMN open_payments.merchant_id IS 'Copy of payments.merchant_id, for counting.';
COMMENT ON COLUMN open_payments.expires_at IS 'Copy of payments.expires_at.';

CREATE TABLE settlements (
    payment_id      text COLLATE "C" NOT NULL CONSTRAINT settlements_primary PRIMARY KEY
        CONSTRAINT settlements_payment REFERENCES payments,
    operation_id    bytea NOT NULL CONSTRAINT settlements_operation REFERENCES operations,
    state           text NOT NULL CONSTRAINT settlements_state CHECK (state IN ('paid', 'cancelled', 'expired')),
    tip_minor       bigint NOT NULL CONSTRAINT settlements_tip CHECK (tip_minor >= 0),
    refund_commitment bytea CONSTRAINT settlements_commitment CHECK (length(refund_commitment) = 32),
    at              bigint NOT NULL,
    CONSTRAINT settlements_only_paid CHECK (state = 'paid' OR (tip_minor = 0 AND refund_commitment IS NULL)),
    CONSTRAINT settlements_operation_unique UNIQUE (operation_id, payment_id)
);
COMMENT ON TABLE settlements IS 'The end of each payment. Rows are never changed.';
COMMENT ON COLUMN settlements.payment_id IS 'The payment that ended.';
COMMENT ON COLUMN settlements.operation_id IS 'Operation that ended it, which owns the claim payment:<payment_id>.';
COMMENT ON COLUMN settlements.state IS 'paid, cancelled or expired.';
COMMENT ON COLUMN settlements.tip_minor IS 'Tip that was paid, in minor units.';
COMMENT ON COLUMN settlements.refund_commitment IS 'Commitment to the key that may claim refunds; NULL: no refund is possible.';
COMMENT ON COLUMN settlements.at IS 'Time of the operation, rounded down to the minute.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON payments, settlements TO ecash_app;
        GRANT SELECT, INSERT, DELETE ON open_payments TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON payments, open_payments, settlements TO ecash_auditor;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (5, 'payments', TRUE, '\x3726b96db810d0b4a9c77ac0fb53c191558dde263276f7d98c94c0e301af155dfcdfeadc23d5d8ae60e2dbb6adea0b2c', 0);

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
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (6, 'merchants', TRUE, '\xc3d22bd0f3aaf7ff83dfe3e8eb9cd65c1dfdb1393eb38b16eed749537f9406a8269687bbda9d94a8c3f8bdc8e0873798', 0);

-- 1. The merchant's own data as the merchant wrote it. `jsonb` refuses texts that JSON allows ("\u0000") and writes 1e300 with 301
--    digits, so that one merchant's payment could fail the batch that it shares with others.
ALTER TABLE payments ALTER COLUMN metadata TYPE json USING metadata::text::json;

-- 2. Which key replaced a rotated one, so that a repeated rotation does not take the end of the overlap for its lifetime.
ALTER TABLE api_keys ADD COLUMN replaced_by text COLLATE "C";
COMMENT ON COLUMN api_keys.replaced_by IS 'The key that replaced this one; NULL: none.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT UPDATE (replaced_by) ON api_keys TO ecash_app;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (7, 'replaced keys', TRUE, '\x82b1649e49601e975f313315616580aece8f93907a2a304f692df3117f4aab674f353888beda52d9bbd16f3283472149', 0);

-- The keys that sign receipts. The receipts themselves are part of the outcomes of the redemptions that paid.

CREATE TABLE receipt_keys (
    number          integer NOT NULL CONSTRAINT receipt_keys_primary PRIMARY KEY,
    public_key      bytea NOT NULL CONSTRAINT receipt_keys_public UNIQUE CONSTRAINT receipt_keys_length CHECK (length(public_key) = 32),
    from_at         bigint NOT NULL,
    by_previous     bytea NOT NULL CONSTRAINT receipt_keys_signature CHECK (length(by_previous) IN (0, 64))
);
COMMENT ON TABLE receipt_keys IS 'Public keys that sign receipts of payments, all ever used. Rows are only added, so that old receipts stay verifiable.';
COMMENT ON COLUMN receipt_keys.number IS 'Counts from 0; the last one signs.';
COMMENT ON COLUMN receipt_keys.public_key IS 'Ed25519 public key.';
COMMENT ON COLUMN receipt_keys.from_at IS 'Unix seconds from which on the key signs, a whole minute.';
COMMENT ON COLUMN receipt_keys.by_previous IS 'Signature of the previous key over this one; empty for the first key, and if the previous one was lost.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON receipt_keys TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON receipt_keys TO ecash_auditor;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (8, 'receipt keys', TRUE, '\x95ee212f5ca721e1d466099873bace2ba322efc5d14b7641c3c22558a85ce1a77600f25acb6b6d529fbd61a9cb467bf0', 0);

-- The feed of a merchant's events: numbered without gaps, in the order in which they became visible. Identity values commit out of
-- order, so a reader that remembered the last event_id would miss some.

-- Events of version 0.1, which no merchant reads.
DELETE FROM outbox WHERE NOT coalesce(payload ? 'merchant_id', false);
ALTER TABLE outbox
    ADD COLUMN merchant_id text COLLATE "C" CONSTRAINT outbox_of_merchant REFERENCES merchants,
    ADD COLUMN feed_no bigint CONSTRAINT outbox_feed_no CHECK (feed_no > 0);
UPDATE outbox SET merchant_id = payload ->> 'merchant_id', payload = payload - 'merchant_id';
ALTER TABLE outbox ALTER COLUMN merchant_id SET NOT NULL;
CREATE UNIQUE INDEX outbox_feed ON outbox (merchant_id, feed_no);
CREATE INDEX outbox_unnumbered ON outbox (event_id) WHERE feed_no IS NULL;
COMMENT ON TABLE outbox IS 'Events of postings, for the merchant whose payment, key or domain changed. Deleted after 90 days, except the last of each merchant.';
COMMENT ON COLUMN outbox.merchant_id IS 'Merchant that reads the event.';
COMMENT ON COLUMN outbox.feed_no IS 'Counts the events of the merchant from 1, without gaps; given once, by one mint at a time. NULL: not yet.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT UPDATE (feed_no), DELETE ON outbox TO ecash_app;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (9, 'feed', TRUE, '\x2331feaaa572bef914f046f79e0b600358cc4ceb67d7ab2a0d09f26af006ed5d7cfc8b7b5facbb189701a273bb63b830', 0);

-- Webhooks: addresses of merchants' servers, and what is sent to them.
CREATE TABLE endpoints (
    endpoint_id     text COLLATE "C" CONSTRAINT endpoints_primary PRIMARY KEY,
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT endpoints_merchant REFERENCES merchants,
    url             text NOT NULL CONSTRAINT endpoints_url CHECK (length(url) <= 2048),
    kinds           text NOT NULL,
    secret_no       bigint NOT NULL,
    secret_check    bytea NOT NULL CONSTRAINT endpoints_check_length CHECK (length(secret_check) = 8),
    old_secret_until bigint,
    state           text COLLATE "C" NOT NULL CONSTRAINT endpoints_state CHECK (state IN ('enabled', 'paused', 'disabled', 'removed')),
    failing_since   bigint,
    failed_at       bigint,
    cursor          bigint NOT NULL,
    created_at      bigint NOT NULL
);
CREATE INDEX endpoints_by_merchant ON endpoints (merchant_id, created_at);
COMMENT ON TABLE endpoints IS 'Addresses of merchants'' servers to which events are sent.';
COMMENT ON COLUMN endpoints.endpoint_id IS 'we_ and 16 random bytes.';
COMMENT ON COLUMN endpoints.merchant_id IS 'Merchant whose events are sent.';
COMMENT ON COLUMN endpoints.url IS 'Where events are posted.';
COMMENT ON COLUMN endpoints.kinds IS 'Names of events separated by commas; empty: every event that is sent.';
COMMENT ON COLUMN endpoints.secret_no IS 'Counts the secrets from 1; each is derived from the mint''s webhook key.';
COMMENT ON COLUMN endpoints.secret_check IS 'Shows whether a webhook key is the one from which the secret was derived.';
COMMENT ON COLUMN endpoints.old_secret_until IS 'Unix seconds; until then the secret before signs too. NULL: it does not.';
COMMENT ON COLUMN endpoints.state IS 'Only enabled ones are sent to; removed ones are deleted with their deliveries, a part at a time.';
COMMENT ON COLUMN endpoints.failing_since IS 'Unix seconds of the first failure after the last success. NULL: the last delivery succeeded.';
COMMENT ON COLUMN endpoints.failed_at IS 'Unix seconds of the last failure. NULL: the last delivery succeeded.';
COMMENT ON COLUMN endpoints.cursor IS 'Number of the last event for which a delivery was made or skipped.';
COMMENT ON COLUMN endpoints.created_at IS 'Unix seconds.';

CREATE TABLE deliveries (
    endpoint_id     text COLLATE "C" NOT NULL CONSTRAINT deliveries_endpoint REFERENCES endpoints,
    number          bigint NOT NULL,
    kind            text COLLATE "C" NOT NULL,
    payment_id      text COLLATE "C",
    state           text COLLATE "C" NOT NULL CONSTRAINT deliveries_state CHECK (state IN ('pending', 'delivered', 'given_up')),
    attempts        bigint NOT NULL,
    next_at         bigint NOT NULL,
    attempted_at    bigint,
    http_status     bigint,
    latency_ms      bigint,
    error           text COLLATE "C",
    CONSTRAINT deliveries_primary PRIMARY KEY (endpoint_id, number)
);
CREATE INDEX deliveries_pending ON deliveries (endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_payment ON deliveries (endpoint_id, payment_id, number) WHERE state = 'pending';
CREATE INDEX deliveries_ended ON deliveries (attempted_at) WHERE state <> 'pending';
COMMENT ON TABLE deliveries IS 'Events to be sent to an endpoint, and what became of them. Deleted 30 days after the last attempt.';
COMMENT ON COLUMN deliveries.endpoint_id IS 'Endpoint that the event is sent to.';
COMMENT ON COLUMN deliveries.number IS 'Number of the event in the merchant''s feed.';
COMMENT ON COLUMN deliveries.kind IS 'Name of the event.';
COMMENT ON COLUMN deliveries.payment_id IS 'Payment whose events are sent in order. NULL: the event is about no payment.';
COMMENT ON COLUMN deliveries.state IS 'pending until it is delivered or given up.';
COMMENT ON COLUMN deliveries.attempts IS 'Attempts that were begun.';
COMMENT ON COLUMN deliveries.next_at IS 'Unix seconds: while pending, the earliest next attempt; during an attempt, when another may be made.';
COMMENT ON COLUMN deliveries.attempted_at IS 'Unix seconds of the end of the last attempt.';
COMMENT ON COLUMN deliveries.http_status IS 'Status of the last answer. NULL: none came.';
COMMENT ON COLUMN deliveries.latency_ms IS 'Duration of the last attempt in milliseconds.';
COMMENT ON COLUMN deliveries.error IS 'Kind of the last failure. NULL: success.';

ALTER TABLE domains
    ADD COLUMN check_at bigint,
    ADD COLUMN failed_checks bigint NOT NULL DEFAULT 0;
UPDATE domains SET check_at = created_at WHERE NOT is_verified;
CREATE INDEX domains_to_check ON domains (check_at) WHERE check_at IS NOT NULL;
COMMENT ON COLUMN domains.check_at IS 'Unix seconds at which the dispatcher reads the file with which the domain names its merchants. NULL: the operator has verified it.';
COMMENT ON COLUMN domains.failed_checks IS 'Checks that failed since the last one that succeeded.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT, DELETE ON endpoints, deliveries TO ecash_app;
        GRANT UPDATE (url, kinds, secret_no, secret_check, old_secret_until, state, failing_since, failed_at, cursor) ON endpoints TO ecash_app;
        GRANT UPDATE (state, attempts, next_at, attempted_at, http_status, latency_ms, error) ON deliveries TO ecash_app;
        GRANT UPDATE (is_verified, check_at, failed_checks) ON domains TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON endpoints, deliveries TO ecash_auditor;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (10, 'webhooks', TRUE, '\x3ec8fceec3e4f579592976d4264f24eaf7b458111e79eea3266fc8f69b8e38c73a1e667b216e8c5e7f5cbea37b8d6b75', 0);

-- Refunds of paid payments. The account `refunds` holds their money until the payer claims it.
CREATE TABLE refunds (
    refund_id       text COLLATE "C" CONSTRAINT refunds_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT refunds_operation REFERENCES operations,
    payment_id      text COLLATE "C" NOT NULL CONSTRAINT refunds_payment REFERENCES payments,
    number          bigint NOT NULL CONSTRAINT refunds_number CHECK (number BETWEEN 1 AND 64),
    amount_minor    bigint NOT NULL CONSTRAINT refunds_amount CHECK (amount_minor > 0),
    reason          text CONSTRAINT refunds_reason CHECK (length(reason) <= 200),
    at              bigint NOT NULL,
    claim_until     bigint NOT NULL,
    CONSTRAINT refunds_of_payment UNIQUE (payment_id, number)
);
COMMENT ON TABLE refunds IS 'Refunds of paid payments. The account refunds holds their money until the payer claims it. Rows are never changed.';
COMMENT ON COLUMN refunds.refund_id IS 'ref_ and 16 random bytes.';
COMMENT ON COLUMN refunds.operation_id IS 'Operation that created it.';
COMMENT ON COLUMN refunds.payment_id IS 'Payment that is refunded.';
COMMENT ON COLUMN refunds.number IS 'Counts the refunds of the payment from 1.';
COMMENT ON COLUMN refunds.amount_minor IS 'Amount in minor units.';
COMMENT ON COLUMN refunds.reason IS 'What the merchant says about it. NULL: nothing.';
COMMENT ON COLUMN refunds.at IS 'Unix seconds, rounded down to the minute.';
COMMENT ON COLUMN refunds.claim_until IS 'Unix seconds; from then on the money goes back to the merchant.';

CREATE TABLE open_refunds (
    refund_id       text COLLATE "C" CONSTRAINT open_refunds_primary PRIMARY KEY CONSTRAINT open_refunds_refund REFERENCES refunds,
    merchant_id     text COLLATE "C" NOT NULL,
    claim_until     bigint NOT NULL
);
CREATE INDEX open_refunds_by_end ON open_refunds (claim_until);
CREATE INDEX open_refunds_by_merchant ON open_refunds (merchant_id);
COMMENT ON TABLE open_refunds IS 'Refunds that are neither claimed nor returned, so that looking for overdue ones reads nothing else.';
COMMENT ON COLUMN open_refunds.refund_id IS 'Refund.';
COMMENT ON COLUMN open_refunds.merchant_id IS 'Merchant of the payment.';
COMMENT ON COLUMN open_refunds.claim_until IS 'Unix seconds, as in refunds.';

CREATE TABLE refund_ends (
    refund_id       text COLLATE "C" CONSTRAINT refund_ends_primary PRIMARY KEY CONSTRAINT refund_ends_refund REFERENCES refunds,
    operation_id    bytea NOT NULL CONSTRAINT refund_ends_operation REFERENCES operations,
    how             text COLLATE "C" NOT NULL CONSTRAINT refund_ends_how CHECK (how IN ('claimed', 'returned')),
    at              bigint NOT NULL
);
COMMENT ON TABLE refund_ends IS 'The end of each refund. Rows are never changed.';
COMMENT ON COLUMN refund_ends.refund_id IS 'Refund that ended.';
COMMENT ON COLUMN refund_ends.operation_id IS 'Operation that ended it, and owns the claim refund-end:<refund_id>.';
COMMENT ON COLUMN refund_ends.how IS 'claimed by the payer, or returned to the merchant.';
COMMENT ON COLUMN refund_ends.at IS 'Unix seconds, rounded down to the minute.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON refunds, refund_ends TO ecash_app;
        GRANT SELECT, INSERT, DELETE ON open_refunds TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON refunds, open_refunds, refund_ends TO ecash_auditor;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (11, 'refunds', TRUE, '\x82ba4d53271eb0d1a0881d5044051e69d5b2c0c09d209050184b2f6eb409ee9c7017d4bafb9f28761ecbe333cad016a0', 0);

-- Takings that leave the mint. The account `payouts` holds them until the operator has paid the money out.
INSERT INTO accounts (account_id, role) VALUES ('payouts', 'system');

CREATE TABLE payouts (
    payout_id       text COLLATE "C" CONSTRAINT payouts_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT payouts_operation REFERENCES operations,
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT payouts_merchant REFERENCES merchants,
    amount_minor    bigint NOT NULL CONSTRAINT payouts_amount CHECK (amount_minor > 0),
    reference       text CONSTRAINT payouts_reference CHECK (length(reference) <= 64),
    at              bigint NOT NULL
);
CREATE INDEX payouts_by_merchant ON payouts (merchant_id, at, payout_id);
COMMENT ON TABLE payouts IS 'Takings that leave the mint. Rows are never changed.';
COMMENT ON COLUMN payouts.payout_id IS 'out_ and 16 random bytes.';
COMMENT ON COLUMN payouts.operation_id IS 'Operation that requested it.';
COMMENT ON COLUMN payouts.merchant_id IS 'Merchant whose takings leave.';
COMMENT ON COLUMN payouts.amount_minor IS 'Amount in minor units.';
COMMENT ON COLUMN payouts.reference IS 'An untrusted note of the merchant.';
COMMENT ON COLUMN payouts.at IS 'Unix seconds, rounded down to the minute.';

CREATE TABLE payout_ends (
    payout_id       text COLLATE "C" CONSTRAINT payout_ends_primary PRIMARY KEY CONSTRAINT payout_ends_payout REFERENCES payouts,
    operation_id    bytea NOT NULL CONSTRAINT payout_ends_operation REFERENCES operations,
    how             text COLLATE "C" NOT NULL CONSTRAINT payout_ends_how CHECK (how IN ('settled', 'rejected')),
    external_reference text CONSTRAINT payout_ends_reference CHECK (length(external_reference) <= 200),
    at              bigint NOT NULL
);
COMMENT ON TABLE payout_ends IS 'The end of each payout. Rows are never changed.';
COMMENT ON COLUMN payout_ends.payout_id IS 'Payout that ended.';
COMMENT ON COLUMN payout_ends.operation_id IS 'Operation that ended it, and owns the claim payout-end:<payout_id>.';
COMMENT ON COLUMN payout_ends.how IS 'settled: the money was paid outside; rejected: it is back at the merchant.';
COMMENT ON COLUMN payout_ends.external_reference IS 'Of the payment outside, or the reason of a rejection.';
COMMENT ON COLUMN payout_ends.at IS 'Unix seconds, rounded down to the minute.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON payouts, payout_ends TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON payouts, payout_ends TO ecash_auditor;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (12, 'payouts', TRUE, '\xa3d0d4a482b802964ff0a26a553ac9d9b450c312b7c5d7b126c7af56d1f468cced2117641a582f20230a2b290e175154', 0);

-- What caused an entry is found by its operation.
CREATE INDEX refunds_by_operation ON refunds (operation_id);
CREATE INDEX refund_ends_by_operation ON refund_ends (operation_id);
CREATE INDEX payouts_by_operation ON payouts (operation_id);
CREATE INDEX payout_ends_by_operation ON payout_ends (operation_id);
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (13, 'movements', TRUE, '\x7d0029a092e368d62849e3cf68a95859514b3b5d041ee455d96c4788cd809c1d0da47ec60195ceb4402f1266c248d9f8', 0);

-- Links that merchants print or publish: each use is a payment of its own, whose order_ref is the link's id.
CREATE TABLE links (
    link_id         text COLLATE "C" CONSTRAINT links_primary PRIMARY KEY,
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT links_merchant REFERENCES merchants,
    title           text NOT NULL CONSTRAINT links_title CHECK (length(title) BETWEEN 1 AND 200),
    amount_minor    bigint CONSTRAINT links_amount CHECK (amount_minor > 0),
    tip_max_minor   bigint NOT NULL CONSTRAINT links_tip_max CHECK (tip_max_minor >= 0),
    is_active       boolean NOT NULL,
    created_at      bigint NOT NULL
);
CREATE INDEX links_by_merchant ON links (merchant_id, created_at);
COMMENT ON TABLE links IS 'Templates of payments that anybody may use; a merchant has at most 200.';
COMMENT ON COLUMN links.link_id IS 'link_ and 16 random bytes.';
COMMENT ON COLUMN links.merchant_id IS 'The merchant that is paid.';
COMMENT ON COLUMN links.title IS 'What its payments are for, which payers see.';
COMMENT ON COLUMN links.amount_minor IS 'Minor units; NULL: the payer chooses.';
COMMENT ON COLUMN links.tip_max_minor IS 'Highest tip of its payments, in minor units.';
COMMENT ON COLUMN links.is_active IS 'False: it makes no more payments.';
COMMENT ON COLUMN links.created_at IS 'Unix seconds.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON links TO ecash_app;
        GRANT UPDATE (is_active) ON links TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON links TO ecash_auditor;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (14, 'links', TRUE, '\x59f050e05db777447e27c32e2bc737cf135de12d0fefca011804827efd5de7e95e255bf8df18a874c27003437cc0b4cd', 0);

-- Keysets that the operator stopped or revoked before their dates did, and keysets in their place.
ALTER TABLE operations DROP CONSTRAINT operations_kind;
ALTER TABLE operations ADD CONSTRAINT operations_kind CHECK (kind IN (
    'fund', 'withdraw', 'swap', 'redeem', 'cancel', 'expire', 'payment', 'payment_cancel', 'payment_expire', 'refund',
    'refund_claim', 'refund_return', 'payout', 'payout_end', 'merchant_admin', 'keyset_stop'));

CREATE TABLE keyset_stops (
    keyset_id       text COLLATE "C" NOT NULL CONSTRAINT keyset_stops_keyset REFERENCES keysets,
    status          text COLLATE "C" NOT NULL CONSTRAINT keyset_stops_status CHECK (status IN ('stopped', 'revoked')),
    operation_id    bytea NOT NULL CONSTRAINT keyset_stops_operation REFERENCES operations,
    at              bigint NOT NULL,
    CONSTRAINT keyset_stops_primary PRIMARY KEY (keyset_id, status)
);
COMMENT ON TABLE keyset_stops IS 'Keysets that the operator stopped or revoked. Rows are never changed.';
COMMENT ON COLUMN keyset_stops.keyset_id IS 'Keyset that lost a power.';
COMMENT ON COLUMN keyset_stops.status IS 'stopped: it issues nothing more; revoked: its tokens are not redeemed, and swapped only with an opening.';
COMMENT ON COLUMN keyset_stops.operation_id IS 'Operation of the operator, part of the audit log.';
COMMENT ON COLUMN keyset_stops.at IS 'Unix seconds, rounded down to the minute.';

CREATE TABLE recoverable (
    key_id          bytea CONSTRAINT recoverable_primary PRIMARY KEY CONSTRAINT recoverable_keys REFERENCES keys,
    left_minor      bigint NOT NULL CONSTRAINT recoverable_left CHECK (left_minor >= 0)
);
COMMENT ON TABLE recoverable IS 'What of each key of a revoked keyset may still be swapped: what was in circulation when it was revoked.';
COMMENT ON COLUMN recoverable.key_id IS 'Key of a revoked keyset.';
COMMENT ON COLUMN recoverable.left_minor IS 'Minor units; falls with each swap.';

ALTER TABLE keysets ADD COLUMN replaces text COLLATE "C";
CREATE UNIQUE INDEX keysets_replaces_unique ON keysets (replaces) WHERE replaces IS NOT NULL;
COMMENT ON COLUMN keysets.replaces IS 'The stopped keyset in whose place this one issues; NULL: none.';

CREATE VIEW keyset_states AS
SELECT keyset_id, state = 'ended' AS ended,
    CASE WHEN EXISTS (SELECT FROM keyset_stops s WHERE s.keyset_id = k.keyset_id AND status = 'revoked') THEN 'revoked'
         WHEN EXISTS (SELECT FROM keyset_stops s WHERE s.keyset_id = k.keyset_id AND status = 'stopped') THEN 'stopped'
         ELSE 'live' END AS status
FROM keysets k;
COMMENT ON VIEW keyset_states IS 'What a posting may do with a keyset''s tokens.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON keyset_stops TO ecash_app;
        GRANT SELECT, INSERT ON recoverable TO ecash_app;
        GRANT UPDATE (left_minor) ON recoverable TO ecash_app;
        GRANT SELECT ON keyset_states TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON keyset_stops, recoverable, keyset_states TO ecash_auditor;
    END IF;
END $$;
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (15, 'keyset stops', TRUE, '\xfb708b69b052eb8545a4f54437c3e81ab4f7a919ed61bf5c6a91447bf9e38c2b61ba1f802e69c7469f982dac75fe4333', 0);
COMMIT;
