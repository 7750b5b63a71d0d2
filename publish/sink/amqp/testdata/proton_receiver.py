# A subscriber of AMQP 1.0: proton_receiver.py URL ADDRESS. Prints what it hears, a JSON object a line.
import json
import sys

from proton.handlers import MessagingHandler
from proton.reactor import Container


class Receiver(MessagingHandler):
    def on_start(self, event):
        connection = event.container.connect(sys.argv[1], reconnect=False, allowed_mechs="PLAIN ANONYMOUS")
        event.container.create_receiver(connection, sys.argv[2])

    def on_link_opened(self, event):
        print(json.dumps({"ready": sys.argv[2]}), flush=True)

    def on_message(self, event):
        message = event.message
        print(json.dumps({
            "address": message.address, "headers": message.properties, "id": message.id, "durable": message.durable,
            "ttl": message.ttl, "kind": type(message.body).__name__, "body": json.loads(message.body),
        }), flush=True)


Container(Receiver()).run()
