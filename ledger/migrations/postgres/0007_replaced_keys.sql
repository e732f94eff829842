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
