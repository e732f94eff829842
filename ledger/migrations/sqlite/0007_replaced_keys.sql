-- The key that replaced a rotated one, NULL for none: a repeated rotation must not take the end of the overlap for its lifetime.
ALTER TABLE api_keys ADD COLUMN replaced_by TEXT;
