"""Random query strings from a grammar of Trac's query language (wiki page TracQuery)."""
from values import PEOPLE, WORDS

OPERATORS = ['=', '!=', '~=', '!~=', '^=', '!^=', '$=', '!$=']
TIMES = ['2020-01-01..', '..2020-01-01', '2015-06-30..2021-01-01', '2020-01-01', '2020', '2001-02-03T04:05:06..', 'yesterday..', '..yesterday',
         '1w..', '..now', 'today..', 'last month..this month', '', '..', 'nonsense', '2020-13-01..', '2021..2020', '1/2/20..', 'Jan 2, 2020..',
         '2020-01-01T10:00:00Z..2020-01-01T10:00:01Z', '3 days ago..', '-1d..', 'in 2 weeks', 'next year..', '20200101', '+1d..', 'tomorrow']
IDS = ['${%s}', '${%s}-${%s}', '${%s},${%s}', '-3', '2-', 'x', '', '1,,2', ' ${%s}', '0', '!${%s}', '1-100', '${%s}-1', '1_0', '٣']
SWITCHES = ['1', '0', 'true', 'False', 'yes', '', 'x', '2', '-1', 'on', '1.0', '0x1']
NUMBERS = ['0', '1', '2', '3', '5', '100', '', 'x', '-1', 'none', '1.5', ' 2 ', '+1', '99', '1|2', '1_0']
BROKEN = ['status', '', '=x', '!=x', '~=', '&', 'or', 'or&or', '$USER=x', 'a=b=c', '\\&', 'status\\&x=y', 'nosuch=1', 'nosuch~=', '=', 'id', 'OR']


class Queries:
    """Draws query strings about the fields and the tickets that there are."""

    def __init__(self, random, values):
        self.random = random
        self.values = values

    def query(self, tickets):
        """A query string; "${t1}" in it stands for a ticket's id."""
        parts = []
        for clause in range(self.random.choice([1, 1, 1, 1, 2, 2, 3])):
            parts += ['or'] if clause else []
            parts += [self.condition(tickets) for _ in range(self.random.choice([0, 1, 1, 1, 2, 2, 3]))]
        parts += self.settings()
        if self.random.random() < 0.04:
            parts.insert(self.random.randint(0, len(parts)), self.random.choice(BROKEN))
        if self.random.random() < 0.1:
            self.random.shuffle(parts)
        return '&'.join(parts) or 'max=0'

    def condition(self, tickets):
        names = list(self.values.fields) + ['id', 'created', 'modified', 'status', 'owner', 'milestone', 'keywords', 'summary']
        name = self.random.choice(names)
        operator = self.random.choice(OPERATORS[:2] if self.random.random() < 0.5 else OPERATORS)
        if name == 'id':
            values = [self.id(tickets) for _ in range(self.some())]
            operator = self.random.choice(['=', '=', '=', '!=', '~='])
        elif name in ('created', 'modified') or self.values.fields.get(name, {}).get('type') == 'time':
            values = [self.random.choice(TIMES) for _ in range(self.some())]
            operator = self.random.choice(['=', '=', '=', '!=', '~='])
        else:
            values = [self.value(name) for _ in range(self.some())]
        if self.random.random() < 0.15:         # the operator before the value
            values[0] = operator[:-1] + values[0]
            operator = '='
        return name + operator + '|'.join(values)

    def some(self):
        return self.random.choice([1, 1, 1, 1, 2, 3])

    def id(self, tickets):
        shape = self.random.choice(IDS if tickets else ['1', '1-5', 'x'])
        return shape % tuple(self.random.choice(tickets) for _ in range(shape.count('%s')))

    def value(self, name):
        usual = self.values.of_field(name, strange=0)
        text = usual if isinstance(usual, str) else self.random.choice(WORDS)
        if self.random.random() < 0.15:
            text = self.random.choice(['', '$USER', ' ', '%', '_', '/', '-', '"', '"a b"', '-a', 'a -b', '~', '!', '!x', '~x', 'A'])
        elif text and self.random.random() < 0.4:   # a part of it
            start = self.random.randrange(len(text))
            text = text[start:start + self.random.randint(1, 4)]
        elif self.random.random() < 0.1:
            text = self.random.choice(PEOPLE).upper()
        escape = self.random.random() < 0.8
        return text.replace('&', '\\&').replace('|', '\\|') if escape else text

    def settings(self):
        parts = []
        fields = list(self.values.fields) + ['id', 'created', 'modified', 'nosuch', '', 'ID']
        for name, chance, values in (
                ('order', 0.5, fields), ('desc', 0.25, SWITCHES), ('group', 0.2, fields), ('groupdesc', 0.1, SWITCHES),
                ('max', 0.4, NUMBERS), ('page', 0.15, NUMBERS), ('col', 0.05, fields), ('row', 0.03, fields), ('rows', 0.02, fields),
                ('verbose', 0.03, SWITCHES), ('format', 0.03, ['rss', 'csv', '']), ('report', 0.03, ['1', 'x']), ('limit', 0.02, ['1'])):
            if self.random.random() < chance:
                parts.append(name + '=' + self.random.choice(values))
        return parts


