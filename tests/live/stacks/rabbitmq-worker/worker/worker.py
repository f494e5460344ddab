import json
import logging
import os
import time

import pika
from pika.exceptions import AMQPError

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
logging.getLogger("pika").setLevel(logging.CRITICAL)
log = logging.getLogger("worker")

AMQP_URL = os.environ["AMQP_URL"]
QUEUE = os.environ.get("QUEUE_NAME", "mails")
PREFETCH = int(os.environ.get("PREFETCH", "1"))
RETRY_DELAY = 5


def handle(message):
    log.info("sending mail %s to %s", message.get("id"), message.get("to"))
    time.sleep(1)


def on_message(channel, method, properties, body):
    try:
        handle(json.loads(body))
    except ValueError:
        log.warning("broken message dropped")
        channel.basic_nack(delivery_tag=method.delivery_tag, requeue=False)
        return
    channel.basic_ack(delivery_tag=method.delivery_tag)


def consume():
    params = pika.URLParameters(AMQP_URL)
    params.heartbeat = 60
    connection = pika.BlockingConnection(params)
    channel = connection.channel()
    channel.queue_declare(queue=QUEUE, durable=True)
    channel.basic_qos(prefetch_count=PREFETCH)
    channel.basic_consume(queue=QUEUE, on_message_callback=on_message)
    log.info("waiting for messages on %s", QUEUE)
    channel.start_consuming()


def main():
    while True:
        try:
            consume()
        except (AMQPError, OSError) as error:
            log.warning("no connection to the broker (%r), next try in %ss", error, RETRY_DELAY)
            time.sleep(RETRY_DELAY)
        except KeyboardInterrupt:
            log.info("bye")
            break


if __name__ == "__main__":
    main()
