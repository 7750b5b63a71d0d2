# Perl's RPC::XML. It answers the server's challenge, so the realm must be right.
use strict;
use warnings;
use utf8;
use RPC::XML;
use RPC::XML::Client;

my ($base) = @ARGV;
my $checks = 0;
$RPC::XML::ENCODING = 'utf-8';
binmode STDERR, ':utf8';

sub check {
    my ($what, $good, $seen) = @_;
    die sprintf "%s: got %s\n", $what, $seen // 'nothing' unless $good;
    $checks++;
}

sub equal {
    my ($what, $got, $want) = @_;
    check("$what: want $want", defined $got && $got eq $want, $got);
}

sub client {
    my ($user, $password, $path) = @_;
    my $client = RPC::XML::Client->new($base . ($path // '/login/xmlrpc'));
    $client->credentials('trac', $user, $password);
    return $client;
}

my $trac = client('admin', 'admin');

sub call {
    my ($method, @arguments) = @_;
    my $answer = $trac->send_request($method, @arguments);
    die "$method: $answer\n" unless ref $answer;
    die sprintf "%s: fault %d %s\n", $method, $answer->code, $answer->string if $answer->is_fault;
    return $answer->value;
}

# Reading.
my $version = call('system.getAPIVersion');
check('API version', @$version == 3 && $version->[0] == 1, join '.', @$version);
equal('milestones', join(',', @{call('ticket.milestone.getAll')}), 'milestone1,milestone2,milestone3,milestone4');

# Writing.
my $text = "Grüße, 日本 <b>&amp;</b>\nsecond line";
my $id = call('ticket.create', RPC::XML::string->new('Perl – ünï'), RPC::XML::string->new($text), {type => 'task'});
check('create', $id =~ /^\d+$/, $id);
my ($number, $created, $changed, $ticket) = @{call('ticket.get', $id)};
equal('id', $number, $id);
check('created', $created =~ /^\d{8}T\d\d:\d\d:\d\d$/ && $created eq $changed, $created);
my $description = $ticket->{description};
utf8::decode($description) unless utf8::is_utf8($description);
equal('description', $description, $text);
my $after = call('ticket.update', $id, 'done',
    {action => 'resolve', action_resolve_resolve_resolution => 'fixed', _ts => RPC::XML::string->new($ticket->{_ts})});
equal('closed', "$after->[3]{status} $after->[3]{resolution}", 'closed fixed');
equal('query', join(',', @{call('ticket.query', "id=$id&max=0")}), $id);
equal('putPage', call('wiki.putPage', 'PerlPage', 'perl text', RPC::XML::struct->new({comment => 'c'})), 1);
equal('getPage', call('wiki.getPage', 'PerlPage'), 'perl text');

# An attachment.
my $data = join('', map { chr } 0 .. 255) x 300;
equal('putAttachment', call('ticket.putAttachment', $id, 'p.bin', 'd', RPC::XML::base64->new($data),
    RPC::XML::boolean->new(1)), 'p.bin');
check('getAttachment', call('ticket.getAttachment', $id, 'p.bin') eq $data, 'other bytes');
equal('size', call('ticket.listAttachments', $id)->[0][2], length $data);

# A multicall, one call of which fails.
my $answers = call('system.multicall', [
    {methodName => 'ticket.get', params => [$id]},
    {methodName => 'ticket.get', params => [999999]},
    {methodName => 'wiki.getPage', params => ['PerlPage']},
]);
equal('multicall 0', $answers->[0][0][0], $id);
equal('multicall 1', "$answers->[1]{faultCode} $answers->[1]{faultString}", '404 Ticket 999999 does not exist.');
equal('multicall 2', $answers->[2][0], 'perl text');

# Faults and refusals.
my $fault = $trac->send_request('ticket.get', 999999);
check('missing', ref $fault && $fault->is_fault, $fault);
equal('missing', $fault->code . ' ' . $fault->string, '404 Ticket 999999 does not exist.');
my $page = $trac->send_request('wiki.getPage', 'NoSuchPage');
check('missing page', $page->string =~ /^Wiki page .* does not exist/, $page->string);
equal('no such method', $trac->send_request('no.such')->code, -32601);
equal('permission', client('user', 'user')->send_request('ticket.delete', $id)->code, 403);
my $refused = client('admin', 'wrong')->send_request('system.getAPIVersion');
check('bad password', !ref $refused && $refused =~ /401/, $refused);

print "ok $checks\n";
