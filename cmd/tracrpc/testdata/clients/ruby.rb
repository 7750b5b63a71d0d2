# Ruby's xmlrpc library: what trac4r and the scripts of Rails shops use.
require 'xmlrpc/client'

$checks = 0

def check(what, good, seen = nil)
  abort "#{what}: got #{seen.inspect}" unless good
  $checks += 1
end

def equal(what, got, want)
  check("#{what}: want #{want.inspect}", got == want, got)
end

def fault(what)
  answer = yield
  abort "#{what}: got #{answer.inspect}, want a fault"
rescue XMLRPC::FaultException => e
  e
end

def client(base, user, password, path = '/login/xmlrpc')
  uri = URI(base)
  XMLRPC::Client.new(uri.host, path, uri.port, nil, nil, user, password)
end

base = ARGV.fetch(0)
trac = client(base, 'admin', 'admin')

# Reading.
version = trac.call('system.getAPIVersion')
check('API version', (version <=> [1, 1, 9]) >= 0, version)
equal('milestones', trac.call('ticket.milestone.getAll'), %w[milestone1 milestone2 milestone3 milestone4])
equal('unset date', trac.call('ticket.milestone.get', 'milestone1')['due'], 0)

# Writing, without an action, as trac4r does.
text = "Grüße, 日本 😀 <b>&amp;</b>\nsecond line"
id = trac.call('ticket.create', 'Ruby – ünï', text, { 'type' => 'task' }, false)
number, created, changed, ticket = trac.call('ticket.get', id)
equal('id', number, id)
check('created', created.is_a?(XMLRPC::DateTime) && created.to_a == changed.to_a, [created, changed])
equal('description', ticket['description'], text)
check('names are identifiers', ticket.keys.all? { |k| k =~ /\A[a-z_]\w*\z/ }, ticket.keys)
after = trac.call('ticket.update', id, 'done', { 'status' => 'closed', 'resolution' => 'fixed' })
equal('closed', after[3].values_at('status', 'resolution'), %w[closed fixed])
equal('query', trac.call('ticket.query', "status=closed&id=#{id}&max=0"), [id])
equal('actions', trac.call('ticket.getAvailableActions', id), %w[leave reopen])
comments = trac.call('ticket.changeLog', id).select { |row| row[2] == 'comment' }
equal('comment', comments[0][3..5], ['1', 'done', 1])
equal('putPage', trac.call('wiki.putPage', 'RubyPage', "= R =\n", {}), true)
equal('getPage', trac.call('wiki.getPage', 'RubyPage'), "= R =\n")

# An attachment.
data = (0..255).to_a.pack('C*') * 300
equal('putAttachment', trac.call('ticket.putAttachment', id, 'b ü.bin', 'd', XMLRPC::Base64.new(data), true), 'b ü.bin')
equal('getAttachment', trac.call('ticket.getAttachment', id, 'b ü.bin').b, data)
equal('listAttachments', trac.call('ticket.listAttachments', id)[0].values_at(0, 1, 2, 4),
      ['b ü.bin', 'd', data.size, 'admin'])

# A multicall, one call of which fails.
answers = trac.multicall(['ticket.get', id], ['ticket.get', 999_999], ['wiki.getPage', 'RubyPage'])
equal('multicall 0', answers[0][0], id)
check('multicall 1', answers[1].is_a?(XMLRPC::FaultException), answers[1])
equal('multicall 1', [answers[1].faultCode, answers[1].faultString], [404, 'Ticket 999999 does not exist.'])
equal('multicall 2', answers[2], "= R =\n")

# Faults and refusals.
missing = fault('missing') { trac.call('ticket.get', 999_999) }
equal('missing', [missing.faultCode, missing.faultString], [404, 'Ticket 999999 does not exist.'])
equal('no such method', fault('method') { trac.call('no.such') }.faultCode, -32_601)
equal('permission', fault('permission') { client(base, 'user', 'user').call('ticket.delete', id) }.faultCode, 403)
begin
  client(base, 'admin', 'wrong').call('system.getAPIVersion')
  abort 'bad password: was let in'
rescue RuntimeError => e
  check('bad password', e.message.include?('401') || e.message.include?('Authorization failed'), e.message)
end

puts "ok #{$checks}"
