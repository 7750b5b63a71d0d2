# A subscriber: pika_subscriber.py URL EXCHANGE TYPE QUEUE BINDING...
# A binding is a routing key or, for an exchange of the type headers, arguments in JSON. With an empty name the queue is the
# subscriber's own; another one outlives the subscriber. Prints what it hears, a JSON object a line.
import json
import sys

import pika

url, exchange, kind, queue, bindings = *sys.argv[1:5], sys.argv[5:]
channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
channel.exchange_declare(exchange, exchange_type=kind, durable=True)
queue = channel.queue_declare(queue, durable=queue != "", exclusive=queue == "").method.queue
for binding in bindings:
    if kind == "headers":
        channel.queue_bind(queue, exchange, arguments=json.loads(binding))
    else:
        channel.queue_bind(queue, exchange, routing_key=binding)


def heard(channel, method, properties, body):
    print(json.dumps({
        "key": method.routing_key, "headers": properties.headers, "id": properties.message_id, "type": properties.type,
        "content_type": properties.content_type, "delivery_mode": properties.delivery_mode,
        "timestamp": properties.timestamp, "expiration": properties.expiration, "app": properties.app_id,
        "redelivered": method.redelivered, "body": json.loads(body),
    }), flush=True)
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(queue, heard)
print(json.dumps({"ready": queue}), flush=True)
channel.start_consuming()
