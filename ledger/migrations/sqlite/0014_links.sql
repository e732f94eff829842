-- Links that merchants print or publish: each use is a payment of its own, whose order_ref is the link's id.
CREATE TABLE links (
    link_id         TEXT NOT NULL PRIMARY KEY,  -- link_ and 16 random bytes
    merchant_id     TEXT NOT NULL CONSTRAINT links_merchant REFERENCES merchants,
    title           TEXT NOT NULL CONSTRAINT links_title CHECK (length(title) BETWEEN 1 AND 200),
    amount_minor    INTEGER CONSTRAINT links_amount CHECK (amount_minor > 0),       -- NULL: the payer chooses
    tip_max_minor   INTEGER NOT NULL CONSTRAINT links_tip_max CHECK (tip_max_minor >= 0),
    is_active       INTEGER NOT NULL CONSTRAINT links_active CHECK (is_active IN (0, 1)),
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_merchant ON links (merchant_id, created_at);
