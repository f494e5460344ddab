ALTER TABLE items ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX items_name_idx ON items (lower(name));
