CREATE TABLE items (
    sku text PRIMARY KEY,
    name text NOT NULL,
    quantity integer NOT NULL DEFAULT 0
);
