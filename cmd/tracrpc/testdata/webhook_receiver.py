"""Receives webhooks and checks their signatures as Standard Webhooks says: webhook_receiver.py PORT FOLDER.

Prints a line for each: the answer, the ID, and the number, the type and the ID of the event; or what is wrong with it.
The secret and the answer are read from files of the folder, anew for each request."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import threading
import time

folder = sys.argv[2]
lock = threading.Lock()


def read(name):
    with open(os.path.join(folder, name)) as file:
        return file.read().strip()


def check(headers, body):
    secret = base64.b64decode(read('secret')[len('whsec_'):])
    at = int(headers['webhook-timestamp'])
    if abs(time.time() - at) > 300:
        return 'too old'
    signed = f"{headers['webhook-id']}.{at}.".encode() + body
    want = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    for signature in headers['webhook-signature'].split(' '):
        version, _, text = signature.partition(',')
        if version == 'v1' and hmac.compare_digest(text, want):
            return ''
    return 'bad signature'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        status, wrong = int(read('answer')), check(self.headers, body)
        if wrong:
            status = 401
        self.send_response(status)
        self.send_header('Content-Length', '0')
        self.end_headers()
        event = json.loads(body)
        with lock:
            print(wrong or f"{status} {self.headers['webhook-id']} {event['seq']} {event['type']} {event['id']}", flush=True)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler)
print('subscribed', flush=True)
server.serve_forever()
