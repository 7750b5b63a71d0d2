"""The two servers: sends them the same steps, and empties them again."""
import collections
import json
import re

from case import CaseRun
from compare import is_python_text, without_fault_texts
from symbols import canonical
import typed
import wire

MODELS = ['component', 'milestone', 'version']
ENUMS = ['type', 'priority', 'severity', 'resolution']


class Failed(Exception):
    """A server cannot be used, or not any longer."""


class Server:
    """One server, spoken to by its admin where it is prepared and emptied."""

    def __init__(self, url, passwords):
        self.url = url.rstrip('/')
        self.passwords = passwords
        self.pending = collections.deque()
        self.begin()
        self.start = self.lists()

    def begin(self):
        """Forgets ids and times: a new history begins."""
        self.steps = CaseRun(self.url, self.passwords).run(iter(self.pending.popleft, None))

    def send(self, step):
        """The answer to a step, with symbols for the ids and times of this history."""
        self.pending.append(step)
        return next(self.steps)[1]

    def call(self, method, *params):
        headers = {'Content-Type': 'application/json', 'Authorization': wire.basic_auth('admin', self.passwords)}
        body = typed.json_call(method, list(params), 1).encode()
        seen = wire.observe(*wire.send(self.url, '/login/rpc', 'POST', headers, body))
        if 'result' not in seen:
            raise Failed('%s: %s%r answers %r' % (self.url, method, params, seen))
        return seen['result']

    def calls(self, *calls):
        """The results of many calls in one request."""
        answers = self.call('system.multicall', *({'method': m, 'params': list(p), 'id': 1} for m, p in calls))
        for (method, params), answer in zip(calls, answers):
            if answer['error'] is not None:
                raise Failed('%s: %s%r answers %r' % (self.url, method, params, answer['error']))
        return [answer['result'] for answer in answers]

    # ------------------------------------------------------------ emptying

    def tickets(self):
        return self.call('ticket.query', 'max=0&order=id')

    def wipe(self):
        ids = self.tickets()
        if ids:
            self.calls(*(('ticket.delete', [i]) for i in reversed(ids)))

    def lists(self):
        """All lists that tickets choose from: {realm: {name: attributes or value}}."""
        realms = MODELS + ENUMS
        names = self.calls(*(('ticket.%s.getAll' % r, []) for r in realms))
        flat = [(r, n) for r, ns in zip(realms, names) for n in ns]
        values = self.calls(*(('ticket.%s.get' % r, [n]) for r, n in flat)) if flat else []
        lists = {r: {} for r in realms}
        for (realm, name), value in zip(flat, values):
            lists[realm][name] = value
        return lists

    def restore(self):
        """Gives the lists back what they held at the start."""
        for realm, now in self.lists().items():
            start = self.start[realm]
            if canonical(list(now.items())) == canonical(list(start.items())):
                continue
            if realm in ENUMS:      # Trac deletes equal ones together, and fails at what is no number
                self.calls(*(('ticket.%s.update' % realm, [n, str(i + 1)]) for i, n in enumerate(now)))
            self.calls(*(('ticket.%s.delete' % realm, [n]) for n in reversed(now)))
            self.calls(*(('ticket.%s.create' % realm, [n, v]) for n, v in start.items()))
        if canonical(self.lists()) != canonical(self.start):
            raise Failed('%s: the lists cannot be put back as they were' % self.url)


class Pair:
    """The reference and the server that is to be like it."""

    def __init__(self, reference, tested, passwords):
        self.servers = [Server(reference, passwords), Server(tested, passwords)]
        self.sent = 0
        for server in self.servers:
            if server.tickets():
                raise Failed('%s has tickets: only environments without any are tested, for all their tickets are deleted' % server.url)
        if canonical(self.servers[0].start) != canonical(self.servers[1].start):
            raise Failed('the servers begin with different lists: %s' % differences(*(s.start for s in self.servers)))

    def begin(self):
        for server in self.servers:
            server.begin()

    def ask(self, step):
        """The answers of both to a step."""
        self.sent += 1
        return [server.send(step) for server in self.servers]

    def clean(self, lists):
        """Empties both, so that the next history begins where this one did."""
        for server in self.servers:
            server.wipe()
            if lists:
                server.restore()

    def methods(self):
        """The methods that both have."""
        return set.intersection(*(set(server.call('system.listMethods')) for server in self.servers))

    def fields(self):
        return self.servers[0].call('ticket.getTicketFields')

    def names(self):
        return {realm: list(items) for realm, items in self.servers[0].start.items()}


# ---------------------------------------------------------------- comparing

Difference = collections.namedtuple('Difference', 'path reference tested')


def compare(reference, tested):
    """All differences between two answers. Texts that are Python's or the database's own words are free."""
    if is_python_text(reference):
        reference, tested = without_fault_texts(reference), without_fault_texts(tested)
    return differences(reference, tested)


def differences(a, b, path=''):
    if canonical(a) == canonical(b):
        return []
    if isinstance(a, dict) and isinstance(b, dict) and not (typed.special(a) or typed.special(b)):
        return [d for key in sorted(set(a) | set(b))
                for d in differences(a.get(key, '<absent>'), b.get(key, '<absent>'), '%s.%s' % (path, key))]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [d for i, (x, y) in enumerate(zip(a, b)) for d in differences(x, y, '%s[%d]' % (path, i))]
    return [Difference(path or '.', a, b)]


def kind(step, difference):
    """What differences have in common that have one cause, as a rule."""
    shape = [re.sub(r'\d+', 'N', difference.path)]
    if difference.path.endswith('fault.string') or difference.path == '.fault':
        shape += [re.sub(r'\d+', 'N', json.dumps(v))[:60] for v in (difference.reference, difference.tested)]
    return ' '.join([step['method']] + shape)
