'use strict';

const crypto = require('crypto');
const express = require('express');
const { createClient } = require('redis');

const PORT = process.env.PORT || 3000;
const BASE_URL = process.env.BASE_URL || `http://localhost:${PORT}`;

const redis = createClient({ url: process.env.REDIS_URL });
redis.on('error', (err) => console.error('redis:', err.message));
redis.on('ready', () => console.log('redis: connected'));

const app = express();
app.use(express.json());

const wrap = (handler) => (req, res, next) => handler(req, res).catch(next);

app.get('/', wrap(async (req, res) => {
  const visits = await redis.incr('visits');
  res.json({ name: 'shorty', visits });
}));

app.post('/links', wrap(async (req, res) => {
  let url;
  try {
    url = new URL(req.body.url);
  } catch (err) {
    return res.status(400).json({ error: 'url is missing or invalid' });
  }
  const code = crypto.randomBytes(4).toString('hex');
  await redis.set(`link:${code}`, url.href);
  res.status(201).json({ code, short: `${BASE_URL}/${code}` });
}));

app.get('/:code', wrap(async (req, res) => {
  const url = await redis.get(`link:${req.params.code}`);
  if (!url) {
    return res.status(404).json({ error: 'not found' });
  }
  await redis.incr(`hits:${req.params.code}`);
  res.redirect(302, url);
}));

app.use((err, req, res, next) => {
  console.error(err);
  res.status(500).json({ error: 'internal error' });
});

redis.connect().catch((err) => console.error('redis:', err.message));
app.listen(PORT, () => console.log(`listening on ${PORT}`));
