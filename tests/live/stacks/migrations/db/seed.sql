INSERT INTO items (sku, name, quantity) VALUES
    ('BX-100', 'Box, small', 120),
    ('BX-200', 'Box, large', 40),
    ('TP-010', 'Tape, brown', 310)
ON CONFLICT (sku) DO NOTHING;
