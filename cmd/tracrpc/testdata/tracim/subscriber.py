"""A client of TracimDaemon, with the calls to the system that the Python SDK makes: it listens on a socket of its own with a
queue of one, takes one connection after the other, and reads each in pieces of 4096 bytes that are frames of their own.

    subscriber.py SOCKET-OF-THE-DAEMON OWN-SOCKET

prints "subscribed" when the daemon has answered, and then each live message as it came.
"""

import json
import os
import socket
import sys
import time

daemon, own = sys.argv[1:]


def send(kind, data=None):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(daemon)
    try:
        s.send(json.dumps({"path": own, "type": kind, "data": data}).encode())
    finally:
        s.close()


def handle(frame):
    assert frame["path"] == daemon, frame
    if frame["type"] == "daemon_ping":
        send("daemon_pong")
    elif frame["type"] == "daemon_account_info":
        int(frame["data"]["user_id"])
        print("subscribed", flush=True)
    elif frame["type"] == "daemon_tracim_event":
        json.loads(frame["data"])
        print(frame["data"], flush=True)


def register():
    while True:
        try:
            return send("daemon_client_add", {"path": own, "pid": str(os.getpid())})
        except (ConnectionRefusedError, FileNotFoundError):  # the server has been killed and comes back
            time.sleep(0.05)


if os.path.exists(own):
    os.unlink(own)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(own)
listener.listen(1)
register()
while True:
    connection, _ = listener.accept()
    try:
        while piece := connection.recv(4096):
            handle(json.loads(piece))
    except (ConnectionRefusedError, FileNotFoundError):
        pass
    finally:
        connection.close()
