"""Python's xmlrpc.client, as the scripts use it: credentials in the URL, MultiCall, Binary, DateTime, Fault."""
import datetime
import re
import sys
import xmlrpc.client

checks = 0


def check(what, good, seen=None):
    global checks
    if not good:
        sys.exit('%s: got %r' % (what, seen))
    checks += 1


def equal(what, got, want):
    check('%s: want %r' % (what, want), got == want, got)


def fault_of(what, call, *arguments):
    try:
        answer = call(*arguments)
    except xmlrpc.client.Fault as fault:
        return fault
    sys.exit('%s: got %r, want a fault' % (what, answer))


def server(base, user, password, path='/login/rpc'):
    return xmlrpc.client.ServerProxy(base.replace('://', '://%s:%s@' % (user, password)) + path)


def read_and_describe(trac):
    version = trac.system.getAPIVersion()
    check('API version', [1, 1, 9] <= version < [2, 0, 0], version)
    names = trac.system.listMethods()
    check('listMethods', {'ticket.get', 'ticket.query', 'wiki.getPage', 'search.performSearch'} <= set(names), names)
    equal('methodHelp', trac.system.methodHelp('ticket.get').split('\n')[0], 'array ticket.get(int id)')
    equal('methodSignature', trac.system.methodSignature('wiki.getPage'), ['string,string', 'string,string,int'])
    equal('getRPCVersionSupported', trac.wiki.getRPCVersionSupported(), 2)


def tickets(trac):
    text = 'Grüße, 日本 😀 <b>&amp;</b> "quoted"\nsecond line'
    new = trac.ticket.create('A summary – ünïcode', text, {'type': 'task', 'component': 'component2', 'cc': 'a b'})
    check('create', isinstance(new, int), new)
    number, created, changed, ticket = trac.ticket.get(new)
    equal('id', number, new)
    check('created', isinstance(created, xmlrpc.client.DateTime) and created == changed, (created, changed))
    check('created is basic ISO', re.match(r'^\d{8}T\d\d:\d\d:\d\d$', created.value), created.value)
    equal('description', ticket['description'], text)
    equal('status', (ticket['status'], ticket['type'], ticket['resolution']), ('new', 'task', ''))
    check('every field is a text', all(isinstance(v, str) for k, v in ticket.items() if 'time' not in k), ticket)
    done = trac.ticket.update(new, 'done', {'action': 'resolve', 'action_resolve_resolve_resolution': 'fixed',
                                            '_ts': ticket['_ts']})
    equal('closed', (done[3]['status'], done[3]['resolution']), ('closed', 'fixed'))
    stale = fault_of('stale _ts', trac.ticket.update, new, 'x', {'action': 'leave', '_ts': ticket['_ts']})
    check('stale _ts', stale.faultCode == 1 and 'modified since you started' in stale.faultString, stale)
    rows = trac.ticket.changeLog(new)
    check('changeLog', all(len(r) == 6 and type(r[5]) is int for r in rows), rows)
    equal('comment', [r[3:5] for r in rows if r[2] == 'comment'], [['1', 'done']])
    equal('query', trac.ticket.query('id=%d&max=0' % new), [new])
    return new


def attachments(trac, ticket):
    data = bytes(range(256)) * 300
    equal('putAttachment', trac.ticket.putAttachment(ticket, 'ü b.bin', 'a file', xmlrpc.client.Binary(data)),
          'ü b.bin')
    equal('getAttachment', trac.ticket.getAttachment(ticket, 'ü b.bin').data, data)
    name, description, size, when, author = trac.ticket.listAttachments(ticket)[0]
    equal('listAttachments', (name, description, size, author), ('ü b.bin', 'a file', len(data), 'admin'))
    equal('putAttachment again', trac.ticket.putAttachment(ticket, 'ü b.bin', '', xmlrpc.client.Binary(b''), False),
          'ü b.2.bin')
    equal('deleteAttachment', trac.ticket.deleteAttachment(ticket, 'ü b.2.bin'), True)


def wiki(trac):
    name = 'Python/Seite'
    equal('putPage', trac.wiki.putPage(name, "= Titel =\n'''fett'''", {'comment': 'neu'}), True)
    equal('getPage', trac.wiki.getPage(name), "= Titel =\n'''fett'''")
    info = trac.wiki.getPageInfo(name)
    equal('getPageInfo', (info['version'], info['author'], info['comment']), (1, 'admin', 'neu'))
    check('getPageHTML', '<strong>fett</strong>' in trac.wiki.getPageHTML(name))
    equal('missing page', trac.wiki.getPageInfo('NoSuchPage'), 0)
    missing = fault_of('getPage', trac.wiki.getPage, 'NoSuchPage')
    equal('getPage', (missing.faultCode, missing.faultString), (404, 'Wiki page "NoSuchPage" does not exist'))
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    recent = trac.wiki.getRecentChanges(xmlrpc.client.DateTime(yesterday.timetuple()))
    check('getRecentChanges', name in [page['name'] for page in recent], recent)


def multicall(trac, ticket):
    calls = xmlrpc.client.MultiCall(trac)
    calls.ticket.get(ticket)
    calls.ticket.milestone.getAll()
    calls.ticket.get(999999)
    calls.system.getAPIVersion()
    answers = calls()
    equal('multicall 0', answers[0][0], ticket)
    equal('multicall 1', answers[1], ['milestone1', 'milestone2', 'milestone3', 'milestone4'])
    failed = fault_of('multicall 2', lambda: answers[2])
    equal('multicall 2', (failed.faultCode, failed.faultString), (404, 'Ticket 999999 does not exist.'))
    check('multicall 3', answers[3][0] == 1, answers[3])


def refusals(base, trac):
    fault = fault_of('no such ticket', trac.ticket.get, 999999)
    equal('no such ticket', (fault.faultCode, fault.faultString), (404, 'Ticket 999999 does not exist.'))
    equal('no such method', fault_of('no such method', trac.nosuch.method).faultCode, -32601)
    equal('too many arguments', fault_of('arguments', trac.ticket.get, 1, 2, 3).faultCode, 1)
    low = server(base, 'user', 'user')
    equal('permission', fault_of('permission', low.ticket.milestone.delete, 'milestone1').faultCode, 403)
    equal('anonymous', fault_of('anonymous', xmlrpc.client.ServerProxy(base + '/rpc').ticket.get, 1).faultCode, 403)
    try:
        server(base, 'admin', 'wrong').system.getAPIVersion()
    except xmlrpc.client.ProtocolError as error:
        equal('bad password', error.errcode, 401)
        check('challenge', 'WWW-Authenticate' in error.headers, error.headers)
    else:
        sys.exit('bad password: was let in')


def main(base):
    trac = server(base, 'admin', 'admin')
    read_and_describe(trac)
    ticket = tickets(trac)
    attachments(trac, ticket)
    wiki(trac)
    multicall(trac, ticket)
    refusals(base, trac)
    equal('the old path', server(base, 'admin', 'admin', '/login/xmlrpc').ticket.query('id=%d' % ticket), [ticket])
    print('ok %d' % checks)


main(sys.argv[1])
