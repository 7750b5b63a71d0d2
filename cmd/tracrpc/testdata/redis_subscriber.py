"""Prints what is published, a line each: the channel, a tab, the message. The loop is that of the README of
tracext-redispub."""
import sys

import redis

client = redis.Redis(port=int(sys.argv[1]))
pubsub = client.pubsub()
pubsub.psubscribe('trac.*')
for event in pubsub.listen():
    if event['type'] == 'psubscribe':
        print('subscribed', flush=True)
    else:
        print(event['channel'].decode() + '\t' + event['data'].decode(), flush=True)
