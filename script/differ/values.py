"""Random values for the fields of tickets, in the typed notation of testdata/conformance/rpccheck/typed.py."""

DATES = ['2001-02-03T04:05:06', '2015-06-30T00:00:00', '2020-01-01T10:00:00', '2020-01-01T10:00:01', '2021-12-31T23:59:59']
WORDS = ['alpha', 'Beta', 'gamma ray', 'ünï', '漢字', '😀', '50%', 'under_score', 'a&b', 'a|b', "it's", '"quoted"', '<b>&amp;',
         'back\\slash', '-minus', 'x=y', '~tilde', '!bang', '100']
PEOPLE = ['anna', 'ben', 'carl', 'olga', 'user', 'admin', 'joe@example.org', 'Ådel', 'anonymous']
ODD = [None, 0, 5, -1, True, False, {'$double': '1.5'}, {'$double': '0.0'}, [], ['a'], ['a', 'b'], {}, {'a': 'b'},
       {'$dt': '2020-01-01T10:00:00'}, {'$bin': 'aGVsbG8='}]

# Attributes that stand for no field, or for one that is not set like that. "id" is not among them: Trac gives the ticket that
# number, and leaves what belongs to it where it was.
NO_FIELDS = {
    'nosuch': ['x', ''], 'time': [{'$dt': DATES[0]}, 'x', 0], 'changetime': [{'$dt': DATES[0]}, '5'],
    'severity': ['high', ''], 'author': ['me', ''], 'comment': ['other', ''], 'replyto': ['1', 'x', 'description', '', 3, '1.2', ' 2 '],
    'ts': ['1'], 'preview': ['1'], 'field_summary': ['x'], 'summary': ['renamed'], '': ['x'], 'Status': ['closed'],
}


class Values:
    """Draws values for the fields that ticket.getTicketFields described."""

    def __init__(self, random, fields):
        self.random = random
        self.fields = {f['name']: f for f in fields}

    def words(self, most=4):
        return ' '.join(self.random.choice(WORDS) for _ in range(self.random.randint(1, most)))

    def text(self):
        make = self.random.choices(
            [self.words, lambda: '', lambda: ' %s ' % self.words(), lambda: '%s\n%s\r\n' % (self.words(), self.words()),
             lambda: 'x' * self.random.choice([19, 20, 21, 39, 40, 41, 59, 61, 300]), lambda: '\t\u00a0' + self.words()],
            [12, 3, 2, 2, 1, 1])[0]
        return make()

    def person(self):
        return self.random.choice(PEOPLE + ['', '< default >', '<default>', ' padded ', 'a,b']) \
            if self.random.random() < 0.4 else self.random.choice(PEOPLE[:6])

    def date(self):
        return {'$dt': self.random.choice(DATES)}

    def odd(self):
        return self.random.choice(ODD)

    def of_field(self, name, strange=0.06):
        """A value for a field: nearly always one that makes sense."""
        if self.random.random() < strange:
            return self.odd()
        field = self.fields.get(name, {})
        kind = field.get('type', 'text')
        if 'options' in field:
            usual = field['options'] or ['x']
            return self.random.choice(usual) if self.random.random() < 0.8 else self.random.choice(['', 'nosuch', ' ', usual[0] + ' '])
        if kind == 'time':
            return self.random.choice([self.date(), self.date(), '', '2024-05-06', '5/6/24', 'yesterday', 'no date', '1h'])
        if kind == 'checkbox':
            return self.random.choice(['0', '1', '1', 'yes', ''])
        if name in ('owner', 'reporter'):
            return self.person()
        if field.get('format') == 'list':
            return self.random.choice(['a, b', 'a;b  c', '', ' , ', self.words(), 'b,a,b', 'anna'])
        return self.text()

    def attributes(self, most=3, strange=0.06):
        """Some fields with values, seldom one that is no field."""
        names = [n for n in self.fields if n not in ('time', 'changetime')]
        chosen = {n: self.of_field(n, strange) for n in self.random.sample(names, self.random.randint(0, most))}
        if self.random.random() < strange:
            name = self.random.choice(list(NO_FIELDS))
            chosen[name] = self.random.choice(NO_FIELDS[name])
        return chosen
