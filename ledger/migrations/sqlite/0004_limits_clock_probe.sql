-- A balance is at most 2^53 - 1 minor units: what a JSON number carries exactly. A CHECK cannot be added in place,
-- and an account that is above the limit already must still be able to pay; so triggers look at what is written.
CREATE TRIGGER accounts_balance_limit BEFORE UPDATE OF balance_minor ON accounts
    WHEN abs(NEW.balance_minor) > 9007199254740991 AND abs(NEW.balance_minor) > abs(OLD.balance_minor)
    BEGIN SELECT RAISE(ABORT, 'a balance would be larger than 2^53 - 1'); END;
CREATE TRIGGER accounts_balance_limit_at_first BEFORE INSERT ON accounts
    WHEN abs(NEW.balance_minor) > 9007199254740991
    BEGIN SELECT RAISE(ABORT, 'a balance would be larger than 2^53 - 1'); END;

-- The newest time at which a mint's clock was believed. A clock that disagrees with it ends no epoch.
CREATE TABLE clock (
    only_row        INTEGER PRIMARY KEY CONSTRAINT clock_only_row CHECK (only_row = 1),
    newest          INTEGER,            -- Unix seconds; NULL: nothing has happened yet
    doubted_at      INTEGER             -- what a clock said that disagrees, and was not confirmed yet
) STRICT;
INSERT INTO clock (only_row, newest) SELECT 1, max(at) FROM operations;

-- Written by health checks: whether the ledger accepts writes is known by writing.
CREATE TABLE write_probe (
    only_row        INTEGER PRIMARY KEY CONSTRAINT write_probe_only_row CHECK (only_row = 1),
    filler          BLOB NOT NULL       -- zeros
) STRICT;
