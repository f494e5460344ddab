import os
import time

import psycopg2
import redis

r = redis.from_url(os.environ["REDIS_URL"])

while True:
    try:
        job = r.blpop("orders", timeout=5)
        if job:
            conn = psycopg2.connect(os.environ["DATABASE_URL"])
            cur = conn.cursor()
            cur.execute("INSERT INTO orders (item) VALUES (%s)", (job[1].decode(),))
            conn.commit()
            conn.close()
            print("stored", job[1])
    except Exception as e:
        print("oops", e)
        time.sleep(2)
