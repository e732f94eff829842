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
