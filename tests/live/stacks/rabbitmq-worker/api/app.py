import json
import os
import uuid

import pika
from flask import Flask, jsonify, request

AMQP_URL = os.environ["AMQP_URL"]
QUEUE = os.environ.get("QUEUE_NAME", "mails")

app = Flask(__name__)


def publish(message):
    connection = pika.BlockingConnection(pika.URLParameters(AMQP_URL))
    try:
        channel = connection.channel()
        channel.queue_declare(queue=QUEUE, durable=True)
        channel.basic_publish(
            exchange="",
            routing_key=QUEUE,
            body=json.dumps(message),
            properties=pika.BasicProperties(
                content_type="application/json", delivery_mode=2
            ),
        )
    finally:
        connection.close()


@app.get("/health")
def health():
    return jsonify(status="ok")


@app.post("/mails")
def create_mail():
    data = request.get_json(silent=True) or {}
    if "to" not in data:
        return jsonify(error="field 'to' is missing"), 400
    message = {
        "id": str(uuid.uuid4()),
        "to": data["to"],
        "subject": data.get("subject", ""),
    }
    try:
        publish(message)
    except (pika.exceptions.AMQPError, OSError) as error:
        app.logger.error("could not publish: %r", error)
        return jsonify(error="queue not available"), 503
    return jsonify(id=message["id"]), 202
