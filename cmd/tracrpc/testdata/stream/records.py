"""Follows a stream as svnpubsub's client does: HTTP/1.0 without a User-Agent, all
up to the first empty line is the head, and records end in NUL. It knows commits
and signs of life, and cannot have anything else.

records.py URL COUNT prints the hashes of COUNT commits, one a line; first
"ready" when the server has answered.
"""
import json
import socket
import sys
import urllib.parse

url, count = urllib.parse.urlsplit(sys.argv[1]), int(sys.argv[2])
connection = socket.create_connection((url.hostname, url.port), timeout=60)
connection.sendall(("GET %s HTTP/1.0\r\n\r\n" % url.path).encode())
data = b""
while b"\r\n\r\n" not in data:
    data += connection.recv(1000)
head, data = data.split(b"\r\n\r\n", 1)
assert head.startswith(b"HTTP/1.") and b" 200 " in head.split(b"\r\n")[0], head
assert b"chunked" not in head.lower(), head
print("ready", flush=True)
while count:
    while b"\0" not in data:
        more = connection.recv(1000)
        assert more, "the server went away"
        data += more
    record, data = data.split(b"\0", 1)
    event = json.loads(record)
    if "commit" in event:
        print(event["commit"]["hash"], flush=True)
        count -= 1
    else:
        assert list(event) == ["stillalive"], event
