# Perl's XMLRPC::Lite (of the SOAP::Lite family).
use strict;
use warnings;
use utf8;
use MIME::Base64;
use XMLRPC::Lite;

my ($base) = @ARGV;
my $checks = 0;
my ($user, $password) = ('admin', 'admin');

sub SOAP::Transport::HTTP::Client::get_basic_credentials { return ($user, $password) }

sub check {
    my ($what, $good, $seen) = @_;
    die sprintf "%s: got %s\n", $what, $seen // 'nothing' unless $good;
    $checks++;
}

sub equal {
    my ($what, $got, $want) = @_;
    check("$what: want $want", defined $got && $got eq $want, $got);
}

sub client { return XMLRPC::Lite->proxy("$base/login/rpc") }

my $trac = client();

sub call {
    my ($method, @arguments) = @_;
    my $answer = $trac->call($method, @arguments);
    die sprintf "%s: fault %s %s\n", $method, $answer->faultcode, $answer->faultstring if $answer->fault;
    return $answer->result;
}

sub text { return SOAP::Data->type(string => $_[0]) }

# Reading.
my $version = call('system.getAPIVersion');
check('API version', @$version == 3 && $version->[0] == 1, join '.', @$version);
equal('milestones', join(',', @{call('ticket.milestone.getAll')}), 'milestone1,milestone2,milestone3,milestone4');

# Writing.
my $id = call('ticket.create', text("Perl Gr\x{fc}\x{df}e"), text("a <b>&amp;</b>\nsecond line"), {type => 'task'});
check('create', $id =~ /^\d+$/, $id);
my ($number, $created, $changed, $ticket) = @{call('ticket.get', $id)};
equal('id', $number, $id);
check('created', $created =~ /^\d{8}T\d\d:\d\d:\d\d$/ && $created eq $changed, $created);
equal('summary', $ticket->{summary}, "Perl Gr\x{fc}\x{df}e");
equal('description', $ticket->{description}, "a <b>&amp;</b>\nsecond line");
my $after = call('ticket.update', $id, 'done',
    {action => 'resolve', action_resolve_resolve_resolution => 'fixed', _ts => text($ticket->{_ts})});
equal('closed', "$after->[3]{status} $after->[3]{resolution}", 'closed fixed');
equal('query', join(',', @{call('ticket.query', "id=$id&max=0")}), $id);
equal('putPage', call('wiki.putPage', 'LitePage', 'lite text', {comment => 'c'}), 1);
equal('getPage', call('wiki.getPage', 'LitePage'), 'lite text');

# An attachment.
my $data = join('', map { chr } 0 .. 255) x 300;
equal('putAttachment', call('ticket.putAttachment', $id, 'l.bin', 'd',
    SOAP::Data->type(base64 => $data), SOAP::Data->type(boolean => 1)), 'l.bin');
my $back = call('ticket.getAttachment', $id, 'l.bin');
check('getAttachment', $back eq $data, length($back) . ' other bytes');

# A multicall, one call of which fails.
my $answers = call('system.multicall', [
    {methodName => 'ticket.get', params => [$id]},
    {methodName => 'ticket.get', params => [999999]},
    {methodName => 'wiki.getPage', params => ['LitePage']},
]);
equal('multicall 0', $answers->[0][0][0], $id);
equal('multicall 1', "$answers->[1]{faultCode} $answers->[1]{faultString}", '404 Ticket 999999 does not exist.');
equal('multicall 2', $answers->[2][0], 'lite text');

# Faults and refusals.
my $fault = $trac->call('ticket.get', 999999);
equal('missing', $fault->faultcode . ' ' . $fault->faultstring, '404 Ticket 999999 does not exist.');
equal('no such method', $trac->call('no.such')->faultcode, -32601);
($user, $password) = ('user', 'user');
equal('permission', client()->call('ticket.delete', $id)->faultcode, 403);
($user, $password) = ('admin', 'wrong');
eval { client()->call('system.getAPIVersion') };
check('bad password', $@ =~ /401/, $@ || 'was let in');

print "ok $checks\n";
