-- Public keys that sign receipts of payments, all ever used. Rows are only added, so that old receipts stay verifiable. The
-- receipts themselves are part of the outcomes of the redemptions that paid.
CREATE TABLE receipt_keys (
    number          INTEGER NOT NULL PRIMARY KEY,   -- counts from 0; the last one signs
    public_key      BLOB NOT NULL CONSTRAINT receipt_keys_public UNIQUE     -- Ed25519
        CONSTRAINT receipt_keys_length CHECK (length(public_key) = 32),
    from_at         INTEGER NOT NULL,               -- from then on the key signs; a whole minute
    by_previous     BLOB NOT NULL                   -- signature of the previous key over this one; empty for the first key, and if the previous one was lost
        CONSTRAINT receipt_keys_signature CHECK (length(by_previous) IN (0, 64))
) STRICT;
