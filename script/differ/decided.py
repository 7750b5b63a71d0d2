"""The differences that are meant: each rule is a row of docs/compatibility.md, or part of one."""
import re

from compare import DEFAULT_OWNER, is_python_text
from symbols import canonical

RULES = []


class Case:
    """One difference: in the answers to a step, after the history that led there."""

    def __init__(self, history, difference, answers):
        self.step = history[-1]
        self.method = self.step['method'][len('ticket.'):]
        self.params = self.step['params']
        self.history = history[:-1]
        self.path, self.reference, self.tested = difference
        self.answers = answers
        self.faults = [a.get('fault') for a in answers]

    def only_reference_fails(self):
        return bool(self.faults[0]) and not self.faults[1]

    def only_tested_fails(self):
        return bool(self.faults[1]) and not self.faults[0]

    def text(self, which):
        return (self.faults[which] or {}).get('string') or ''

    def attributes(self):
        """The attributes of an update or a create."""
        found = [p for p in self.params[:3] if isinstance(p, dict) and not is_special(p)]
        return found[-1] if found else {}

    def updates(self):
        """The updates up to here, this one included, as lists of parameters."""
        return [s['params'] for s in self.history + [self.step] if s['method'] == 'ticket.update']


def is_special(value):
    return any(k.startswith('$') for k in value)


def rule(name):
    """Makes a rule of a function that says whether it holds for a case."""
    def add(function):
        RULES.append((name, function))
        return function
    return add


def decided(history, difference, answers):
    """The name of the rule that a difference falls under, or None."""
    case = Case(history, difference, answers)
    for name, holds in RULES:
        if holds(case):
            return name
    return None


def is_nothing(value):
    """What Python takes for false, but for the empty text."""
    return value in (None, 0, False) or value in ([], {}) or value in ({'$double': '0.0'}, {'$bin': ''})


def inside(value, wanted):
    """Whether there is something in a value, at any depth, that is as wanted."""
    if wanted(value):
        return True
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return any(inside(v, wanted) for v in parts)


def part_at(answer, path):
    """The list at the path of a difference; an empty one where there is none."""
    for index, name in re.findall(r'\[(\d+)\]|\.(\w+)', path):
        answer = answer[int(index)] if index else answer[name]
    return answer if isinstance(answer, list) else []


# ---------------------------------------------------------------- HTTP and protocols

@rule('every fault is HTTP 200')
def _(case):
    return case.answers[0]['status'] == 500 and bool(case.faults[1])


@rule('what is empty, or base64, is read as what was meant')
def _(case):
    return bool(case.faults[0]) and is_python_text(case.answers[0]) and inside(
        case.params, lambda v: v in ([], {}, False) or isinstance(v, dict) and '$bin' in v)


# ---------------------------------------------------------------- tickets

@rule('the owner "< default >" becomes the component\'s')
def _(case):
    text = str(case.reference).replace('&lt;', '<').replace('&gt;', '>')
    if case.method != 'query' and isinstance(case.reference, str) and isinstance(case.tested, str):
        return DEFAULT_OWNER in text or '<default>' in text
    made = [s['params'][2] for s in case.history if s['method'] == 'ticket.create' and len(s['params']) > 2]
    return case.method == 'query' and 'owner' in str(case.params) and any(
        isinstance(a, dict) and a.get('component', 'the default') and a.get('owner', DEFAULT_OWNER) in (DEFAULT_OWNER, '<default>') for a in made)


@rule('no number of a comment is given twice')
def _(case):
    at = re.fullmatch(r'\.result\[(\d+)\]\[3\]', case.path)
    return case.method == 'changeLog' and bool(at) and case.answers[0]['result'][int(at.group(1))][2] == 'comment' and any(
        len(params) > 5 for params in case.updates())


@rule('no value instead of an empty one is no change')
def _(case):
    attributes = [params[2] for params in case.updates() if len(params) > 2 and isinstance(params[2], dict)]
    if not any(v == '' or not isinstance(v, str) for sent in attributes for v in sent.values()):
        return False
    now = case.method == 'update' and any(map(is_nothing, case.attributes().values()))
    if case.faults[0]:      # what is no change is not refused either
        return now and bool(re.search('field cannot be empty|No permission to change', case.text(0))) and all(
            word.strip("'") in case.text(0) for word in case.text(1).split())
    if case.path.startswith('.result[3].'):
        return case.method == 'update' and (case.path.endswith('_ts') or case.reference in (None, '') and case.tested == '<absent>')
    if case.method != 'changeLog' or case.path != '.result' or case.only_tested_fails():
        return False

    def kept(rows):
        return [canonical(r[:3] + r[4:]) for r in rows if not (r[2] != 'comment' and r[3] == r[4] or r[2] == 'comment' and r[4] == '')]
    return kept(case.reference) == kept(case.tested)


@rule('there is no ticket nil')
def _(case):
    return case.params[:1] == [None] and bool(case.faults[1]) and case.faults[1]['code'] == 404


@rule('the number of an attachment\'s ticket may be written in any way')
def _(case):
    return case.method in ('listAttachments', 'getAttachment', 'deleteAttachment') and '$ref' not in str(case.params[:1])


@rule('an empty name stands for nothing')
def _(case):
    name = (case.params or ['x'])[0]
    return '.' in case.method and (name == '' or is_nothing(name)) and bool(case.faults[1])


@rule('the attribute "preview" does not switch the check for collisions off')
def _(case):
    return case.method == 'update' and 'preview' in case.attributes() and 'modified since you started editing' in case.text(0) + case.text(1)


@rule('values in faults are not in Python\'s notation')
def _(case):
    return case.path == '.fault.string' and re.sub('True', '1', re.sub('False', '0', case.text(0))) == case.text(1)


@rule('a comment of 0 or false is none')
def _(case):
    return case.method == 'changeLog' and case.reference in ('0', '0.0') and case.tested == '' and any(
        params[1] in (0, {'$double': '0.0'}) for params in case.updates() if len(params) > 1)


@rule('a number for the description is its digits')
def _(case):
    return case.only_reference_fails() and 'has no len()' in case.text(0) and not isinstance(case.attributes().get('description'), str)


@rule('an enum\'s new place is seen at once')
def _(case):
    moved = any(re.fullmatch(r'ticket\.(type|priority|severity|resolution)\.update', s['method']) for s in case.history)
    if not moved or case.method not in ('getTicketFields', 'getActions') or any(case.faults):
        return False
    lists = [part_at(a, re.sub(r'\[\d+\]$', '', case.path)) for a in case.answers]
    return sorted(map(canonical, lists[0])) == sorted(map(canonical, lists[1]))


@rule('deleting an enum leaves those of its value')
def _(case):
    a, b = case.reference, case.tested
    deleted = any(re.fullmatch(r'ticket\.(type|priority|severity|resolution)\.delete', s['method']) for s in case.history)
    return deleted and isinstance(a, list) and isinstance(b, list) and set(map(canonical, a)) < set(map(canonical, b)) \
        and case.method.split('.')[-1] in ('getTicketFields', 'getActions', 'getAll')


@rule('a ticket made at no time is of 1970')
def _(case):
    made = [s['params'] for s in case.history if s['method'] == 'ticket.create']
    return case.method in ('query', 'getRecentChanges') and any(len(p) > 4 and (is_nothing(p[4]) or p[4] == '') and p[4] is not None
                                                                for p in made)


@rule('a "when" of ticket.changeLog that is no time is a fault')
def _(case):
    return case.method == 'changeLog' and case.only_tested_fails() and case.answers[0]['result'] == [] and "argument 'when'" in case.text(1)


@rule('a date as text is taken for a custom time')
def _(case):
    return case.method == 'update' and case.only_reference_fails() and 'action' in case.attributes() and "and 'datetime.datetime'" in case.text(0)


@rule('an attribute that is no field is refused')
def _(case):
    return case.method == 'update' and 'tickets have no field' in case.text(1)


@rule('a range of ids that makes no sense finds nothing')
def _(case):
    return case.method == 'query' and isinstance(case.tested, list) and set(case.tested) <= set(case.reference) and bool(re.search(r'id[!~]?=\D*\$?\{?\w+\}?-', str(case.params)))


@rule('a page with groups holds as many as max= says')
def _(case):
    a, b = case.reference, case.tested
    return case.method == 'query' and 'group=' in str(case.params) and isinstance(a, list) and isinstance(b, list) and a[:len(b)] == b \
        and len(a) == len(b) + 1


@rule('digits are those of ASCII')
def _(case):
    return case.method == 'query' and bool(re.search('[٠-٩]', str(case.params)))


@rule('with restrict_owner users of the permission table are offered, too')
def _(case):
    a, b = case.reference, case.tested
    return case.method == 'getActions' and isinstance(a, list) and isinstance(b, list) and set(map(canonical, a)) < set(map(canonical, b))


@rule('a value of the wrong type is a fault before anything else')
def _(case):
    told = re.search(r"must be (a |an )?(int|string|struct|DateTime|Binary|array|the time)\b|that does not exist yet", case.text(1))
    return bool(told) and inside(case.params, lambda v: not isinstance(v, str))
