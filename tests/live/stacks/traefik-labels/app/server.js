const express = require('express');
const { Pool } = require('pg');
const { createClient } = require('redis');

const port = Number(process.env.PORT || 3000);
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 5 });
pool.on('error', (err) => console.error('postgres:', err.message));

const cache = createClient({ url: process.env.REDIS_URL });
cache.on('error', (err) => console.error('redis:', err.message));

const app = express();
app.set('trust proxy', true);
app.use(express.json());

app.get('/healthz', (req, res) => res.send('ok'));

app.get('/bookings', async (req, res, next) => {
  try {
    const cached = cache.isReady ? await cache.get('bookings') : null;
    if (cached) return res.type('json').send(cached);
    const { rows } = await pool.query('SELECT id, room, guest FROM bookings ORDER BY id');
    if (cache.isReady) await cache.set('bookings', JSON.stringify(rows), { EX: 30 });
    res.json(rows);
  } catch (err) {
    next(err);
  }
});

app.post('/bookings', async (req, res, next) => {
  try {
    const { rows } = await pool.query(
      'INSERT INTO bookings (room, guest) VALUES ($1, $2) RETURNING id',
      [req.body.room, req.body.guest]
    );
    if (cache.isReady) await cache.del('bookings');
    res.status(201).json(rows[0]);
  } catch (err) {
    next(err);
  }
});

async function prepare() {
  for (;;) {
    try {
      await pool.query(
        'CREATE TABLE IF NOT EXISTS bookings (id serial PRIMARY KEY, room text NOT NULL, guest text NOT NULL)'
      );
      return;
    } catch (err) {
      console.error('database not ready:', err.message);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

cache.connect().catch((err) => console.error('redis:', err.message));
prepare();
app.listen(port, () => console.log(`listening on ${port}`));
