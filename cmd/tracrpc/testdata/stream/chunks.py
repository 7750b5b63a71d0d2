"""Follows a stream by chunks, as asfpy's Listener and the clients of PyPubSub for
Node and Ruby do: each chunk of HTTP must be one event, of which the member
"payload" is what the listener is given.

chunks.py URL COUNT prints what COUNT events are about, one a line.
"""
import http.client
import json
import sys
import time
import urllib.parse

url, count = urllib.parse.urlsplit(sys.argv[1]), int(sys.argv[2])
connection = http.client.HTTPConnection(url.netloc, timeout=30)
connection.request("GET", url.path, headers={"User-Agent": "python/asfpy", "X-Fetch-Since": str(int(time.time()) - 3600)})
response = connection.getresponse()
assert response.status == 200 and response.getheader("Transfer-Encoding") == "chunked", response.headers
raw = response.fp
while count:
    size = int(raw.readline(), 16)
    chunk = raw.read(size)
    assert raw.readline() == b"\r\n"
    assert chunk[-1:] == b"\n" and chunk.count(b"\n") == 1, chunk
    event = json.loads(chunk.rstrip(b"\r\n\0"))
    if "payload" in event:
        payload = event["payload"]
        print(payload["type"], payload["action"], payload["title"], flush=True)
        count -= 1
