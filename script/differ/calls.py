"""Draws random calls, each made up from what the answers before it have told.

A call is a step of testdata/conformance/rpccheck/case.py: what a former call answered is referred to, never copied, so that
the same steps can be sent again, all or some of them, whatever ids and times they lead to then.
"""
from queries import Queries
from values import Values

USERS = ['admin'] * 11 + ['user'] * 6 + ['noperm'] * 2 + ['anonymous']
FILES = ['a.txt', 'ä b.txt', 'a.txt.gz', 'noext', 'dir/x.txt', ' s.txt']
LISTS = {'component': ['owner', 'description'], 'version': ['time', 'description'], 'milestone': ['due', 'completed', 'description']}
ENUMS = ['type', 'priority', 'severity', 'resolution']
LIST_NAMES = ['new one', 'm10', 'm9', 'ünï', '1.10', ' spaced  out ', 'a|b', 'x&y', '']
RANKS = ['1', '2', '10', '', 'x', '2.5', '-1', ' 3', 5]


class Calls:
    """The calls of one episode. Seldom do they touch the lists, for that takes long to undo."""

    def __init__(self, random, fields, names, methods, lists):
        self.random = random
        self.values = Values(random, fields)
        self.queries = Queries(random, self.values)
        self.names = {realm: list(items) for realm, items in names.items()}
        self.methods = methods
        self.count = 0
        self.tickets = []           # the names of the steps that made them
        self.tokens = {}            # ticket -> the steps whose answer has its _ts, the last one last
        self.logs = {}              # ticket -> (step of a change log, its length)
        self.actions = {}           # ticket -> its last ticket.getActions
        self.files = {}             # ticket -> names of attachments
        self.first = random.choice([1, 2, 4, 8])    # tickets before anything else
        self.makers = self._makers(lists)

    def _makers(self, lists):
        makers = [(10, self.create), (12, self.update), (24, self.act), (6, self.get), (8, self.change_log), (10, self.get_actions),
                  (2, self.get_available), (22, self.query), (4, self.recent), (1, self.delete), (8, self.attachment),
                  (2, self.describe), (1, self.strange)]
        if 'ticket.editComment' in self.methods:
            makers.append((6, self.comment))
        if lists:
            makers += [(14, self.model), (10, self.enum)]
        return makers

    # ------------------------------------------------------------ the next step

    def next(self):
        if self.count < self.first or not self.tickets:
            return self.create()
        return self.random.choices([m for _, m in self.makers], [w for w, _ in self.makers])[0]()

    def step(self, method, params, user=None, **more):
        self.count += 1
        user = user or self.random.choice(USERS)
        return dict({'name': 's%d' % self.count, 'as': user, 'path': '/rpc' if user == 'anonymous' else '/login/rpc',
                     'protocol': self.random.choice(['xml', 'json']), 'method': 'ticket.' + method, 'params': params, 'id': 1}, **more)

    def learn(self, step, answer):
        """Notes what a step brought to light."""
        result, method = answer.get('result'), step['method'][len('ticket.'):]
        if 'result' not in answer:
            return
        ticket = step.get('about')
        if method == 'create':
            self.tickets.append(step['name'])
        elif method in ('get', 'update') and isinstance(result, list):
            self.tokens.setdefault(ticket, []).append(step['name'])
        elif method == 'changeLog' and isinstance(result, list) and result:
            self.logs[ticket] = (step['name'], len(result))
        elif method == 'getActions':
            self.actions[ticket] = result
        elif method == 'delete' and ticket in self.tickets and self.random.random() < 0.8:
            self.tickets.remove(ticket)
        elif method == 'putAttachment':
            self.files.setdefault(ticket, []).append(step['name'])
        elif step.get('makes'):
            self.names[step['makes'][0]].append(step['makes'][1])

    def ticket(self):
        """The step that made some ticket, rather one of the last."""
        return self.tickets[-1 - min(int(self.random.expovariate(0.7)), len(self.tickets) - 1)]

    def about(self):
        """(ticket, how to say it): seldom in an odd way, or one that is not there."""
        ticket = self.ticket()
        if self.random.random() > 0.03:
            return ticket, {'$ref': ticket}
        return ticket, self.random.choice(['${%s}' % ticket, ' ${%s} ' % ticket, '+${%s}' % ticket, 'abc', 0, -1, 10**7, 10**12, None, True,
                                           {'$double': '1.0'}, '', '1_0', [], {}, '${%s}.0' % ticket])

    # ------------------------------------------------------------ tickets

    def create(self):
        attributes = self.values.attributes(4)
        if self.random.random() < 0.95:
            attributes.setdefault('owner', self.random.choice(['olga', 'anna', 'admin']))
        summary = self.values.text() or 'summary' if self.random.random() < 0.97 else self.values.odd()
        description = self.values.text() if self.random.random() < 0.97 else self.values.odd()
        params = [summary, description, attributes]
        if self.random.random() < 0.3:
            params += [self.random.choice([False, True, None]), self.when()]
        elif self.random.random() < 0.05:
            params = params[:self.random.randint(0, 2)]
        return self.step('create', params)

    def when(self):
        return self.values.date() if self.random.random() < 0.8 else self.values.odd()

    def update(self):
        """Old style: without an action nothing is checked."""
        ticket, said = self.about()
        attributes = self.values.attributes(3)
        if self.random.random() < 0.25:
            attributes['_ts'] = self.token(ticket)
        return self.step('update', self.update_params(said, attributes), about=ticket)

    def update_params(self, said, attributes):
        comment = self.values.text() if self.random.random() < 0.96 else self.values.odd()
        params = [said, comment, attributes]
        if self.random.random() < 0.15:
            params += [self.random.choice([False, True, None]), self.random.choice(['', 'other', 'joe@example.org', None, False, 0, ' x '])]
            if self.random.random() < 0.7:
                params.append(self.when())
        elif self.random.random() < 0.02:
            params = params[:2]
        return params

    def token(self, ticket):
        """A _ts, fresh or stale or made up."""
        known = self.tokens.get(ticket)
        if not known or self.random.random() < 0.15:
            return self.random.choice(['1', '', 'abc', None, 0, 5, ' 7 ', '1_0', {'$double': '5.0'}, True, [], '1577872800000000', 10**18])
        step = known[-1] if self.random.random() < 0.8 else self.random.choice(known)
        return {'$ref': step + '/3/_ts'}

    def act(self):
        """An action that was offered, as a rule, with answers to what it asks."""
        ticket, said = self.about()
        attributes = self.values.attributes(2, strange=0.04) if self.random.random() < 0.6 else {}
        offered = self.actions.get(ticket) or [['leave', '', '', []]]
        action, inputs = self.random.choice([(a[0], a[3]) for a in offered])
        if self.random.random() < 0.08:
            action = self.random.choice(['leave', 'resolve', 'accept', 'reassign', 'reopen', 'create', 'nosuch', '', None, 5, '_reset'])
        attributes['action'] = action
        for name, value, options in inputs:
            if self.random.random() < 0.85:
                attributes[name] = self.answer(value, options)
        if self.random.random() < 0.4:
            attributes['_ts'] = self.token(ticket)
        return self.step('update', self.update_params(said, attributes), about=ticket)

    def answer(self, value, options):
        choice = self.random.random()
        if options and choice < 0.8:
            return self.random.choice(options)
        if choice < 0.9:
            return self.random.choice([self.values.person(), value, 'fixed'])
        return self.random.choice(['', ' ', None, ['q', 'r'], 5, '< default >', 'nosuch', ['< default >']])

    def get(self):
        ticket, said = self.about()
        return self.step('get', [said], about=ticket)

    def get_actions(self):
        ticket, said = self.about()
        return self.step('getActions', [said], about=ticket)

    def get_available(self):
        ticket, said = self.about()
        return self.step('getAvailableActions', [said], about=ticket)

    def change_log(self):
        ticket, said = self.about()
        params = [said]
        if self.random.random() < 0.3:
            step, length = self.logs.get(ticket, (None, 0))
            row = {'$ref': '%s/%d/0' % (step, self.random.randrange(length))} if step else self.values.date()
            params.append(self.random.choice([row, row, row, self.values.date(), 0, None, False, '', 'x']))
        return self.step('changeLog', params, about=ticket)

    def query(self):
        params = [self.queries.query(self.tickets)]
        if self.random.random() < 0.03:
            params = self.random.choice([[], [None], [5], [['status=new']], ['max=0', 'x'], [True]])
        return self.step('query', params)

    def recent(self):
        return self.step('getRecentChanges', [self.when() if self.random.random() < 0.95 else 0])

    def delete(self):
        ticket, said = self.about()
        return self.step('delete', [said], about=ticket)

    def describe(self):
        return self.step(self.random.choice(['getTicketFields', 'status.getAll', 'status.get', 'milestone.getAll', 'version.getAll',
                                             'priority.getAll', 'component.getAll']), [])

    def strange(self):
        """Any method with any arguments."""
        method = self.random.choice([m for m in sorted(self.methods) if m.startswith('ticket.') and m != 'ticket.putAttachment'])
        params = [self.random.choice([{'$ref': self.ticket()}, self.values.odd(), 'x']) for _ in range(self.random.randint(0, 4))]
        return self.step(method[len('ticket.'):], params, about=self.ticket())

    # ------------------------------------------------------------ attachments and comments

    def attachment(self):
        ticket, said = self.about()
        known = self.files.get(ticket, [])
        name = '${%s}' % self.random.choice(known) if known and self.random.random() < 0.7 else self.random.choice(FILES)
        kind = self.random.choice(['list', 'put', 'put', 'get', 'delete'] if known else ['list', 'put', 'put'])
        if kind == 'list':
            return self.step('listAttachments', [said], about=ticket)
        if kind == 'get':
            return self.step('getAttachment', [said, name], about=ticket)
        if kind == 'delete':
            return self.step('deleteAttachment', [said, name], about=ticket)
        said = {'$ref': ticket}     # said in another way, Trac keeps the file where nobody finds it again
        params = [said, name, self.values.text(), {'$bin': self.random.choice(['aGVsbG8=', '', 'AAEC'])}]
        if self.random.random() < 0.5:
            params.append(self.random.choice([True, False, False]))
        return self.step('putAttachment', params, about=ticket)

    def comment(self):
        ticket, said = self.about()
        number = self.random.choice([1, 1, 2, 3, 0, '1', 'x', None])
        method, more = self.random.choice([('editComment', [self.values.text()]), ('deleteComment', []), ('deleteComment', [True]),
                                           ('getCommentHistory', []), ('replyToComment', [self.values.text()])])
        return self.step(method, [said, number] + more, about=ticket)

    # ------------------------------------------------------------ lists

    def list_name(self, realm):
        known = self.names[realm]
        return self.random.choice(known) if known and self.random.random() < 0.85 else self.random.choice(LIST_NAMES)

    def model(self):
        realm = self.random.choice(list(LISTS))
        kind = self.random.choice(['getAll', 'get', 'create', 'create', 'update', 'update', 'delete'])
        if kind == 'getAll':
            return self.step(realm + '.getAll', [])
        if kind in ('get', 'delete'):
            return self.step(realm + '.' + kind, [self.list_name(realm)])
        attributes = {name: self.model_value(name) for name in LISTS[realm] if self.random.random() < 0.5}
        name = self.random.choice(LIST_NAMES) if kind == 'create' else self.list_name(realm)
        makes = name
        if self.random.random() < 0.25:
            attributes['name'] = makes = self.random.choice(LIST_NAMES + self.names[realm])
        if self.random.random() < 0.04:
            attributes[self.random.choice(['nosuch', 'name', 'id'])] = self.values.odd()
        return self.step(realm + '.' + kind, [name, attributes], makes=(realm, makes))

    def model_value(self, name):
        if self.random.random() < 0.06:
            return self.values.odd()
        if name in ('time', 'due', 'completed'):
            return self.random.choice([self.values.date(), self.values.date(), 0, None, False, ''])
        return self.values.person() if name == 'owner' else self.values.text()

    def enum(self):
        realm = self.random.choice(ENUMS)
        kind = self.random.choice(['getAll', 'get', 'create', 'create', 'update', 'update', 'delete'])
        if kind == 'getAll':
            return self.step(realm + '.getAll', [])
        if kind in ('get', 'delete'):
            return self.step(realm + '.' + kind, [self.list_name(realm)])
        name = self.random.choice(LIST_NAMES) if kind == 'create' else self.list_name(realm)
        rank = self.random.choice(RANKS) if self.random.random() < 0.96 else self.values.odd()
        if rank is None and kind == 'update':       # Trac can never change or delete the enum again
            rank = '7'
        return self.step(realm + '.' + kind, [name, rank], makes=(realm, name))
