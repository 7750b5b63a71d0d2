# A broker of AMQP 1.0 that keeps nothing: it prints what it is sent, a JSON object a line, and accepts it; or, while the
# message's property "type" is among those of its arguments TYPE=OUTCOME, says something else: released, rejected (for its
# form), busy (rejected for now) or silent.
import json
import sys

from proton import Condition, Delivery
from proton.handlers import MessagingHandler
from proton.reactor import Container

outcomes = dict(argument.split("=") for argument in sys.argv[1:])


class Broker(MessagingHandler):
    def __init__(self):
        super().__init__(auto_accept=False)

    def on_start(self, event):
        acceptor = event.container.listen("127.0.0.1:0")
        port = acceptor._selectable._delegate.getsockname()[1]
        print(json.dumps({"ready": str(port)}), flush=True)

    def on_link_opening(self, event):
        event.link.target.address = event.link.remote_target.address

    def on_message(self, event):
        message, delivery = event.message, event.delivery
        outcome = outcomes.get(message.properties["type"], "accepted")
        print(json.dumps({
            "address": event.link.target.address, "headers": message.properties, "id": message.id, "durable": message.durable,
            "ttl": message.ttl, "kind": type(message.body).__name__, "outcome": outcome, "body": json.loads(message.body),
        }), flush=True)
        if outcome == "silent":
            return
        if outcome == "rejected":
            delivery.local.condition = Condition("amqp:decode-error", "not like that")
        if outcome == "busy":
            delivery.local.condition = Condition("amqp:resource-limit-exceeded", "not now")
        delivery.update({"accepted": Delivery.ACCEPTED, "released": Delivery.RELEASED}.get(outcome, Delivery.REJECTED))
        delivery.settle()


Container(Broker()).run()
