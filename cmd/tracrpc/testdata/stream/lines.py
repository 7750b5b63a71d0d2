"""Follows a stream by lines, as asfpy's listen() does: gives up a connection that
is silent for 11 seconds, and comes back with the cursor of the last event.

lines.py URL COUNT [USER PASSWORD] prints what COUNT events are about, one a line.
"""
import base64
import json
import sys
import time
import urllib.error
import urllib.request

url, count = sys.argv[1], int(sys.argv[2])
headers = {"User-Agent": "lines"}
if len(sys.argv) > 3:
    login = base64.b64encode(":".join(sys.argv[3:5]).encode()).decode()
    headers["Authorization"] = "Basic " + login
cursor = "earliest"
while count:
    if cursor:
        headers["X-Fetch-Since-Cursor"] = cursor
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=11) as stream:
            for line in stream:
                event = json.loads(line)
                if "stillalive" in event:
                    continue
                cursor = event.get("pubsub_cursor", cursor)
                payload = event.get("payload", {})
                print(payload.get("type"), payload.get("action"), payload.get("title"), flush=True)
                count -= 1
                if not count:
                    break
    except (OSError, urllib.error.URLError, ValueError, EOFError) as error:
        print("again after", repr(error), file=sys.stderr)
    except Exception as error:  # http.client.IncompleteRead
        print("again after", repr(error), file=sys.stderr)
    time.sleep(0.1 if count else 0)
