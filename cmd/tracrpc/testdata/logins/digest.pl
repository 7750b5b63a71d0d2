# RPC::XML::Client over LWP, which answers whatever challenge it is sent and can.
use strict;
use warnings;
use RPC::XML::Client;

my ($base, $checks) = ($ARGV[0], 0);

sub client {
    my ($user, $password) = @_;
    my $client = RPC::XML::Client->new("$base/login/rpc");
    $client->credentials('trac', $user, $password);
    return $client;
}

sub check {
    my ($what, $good) = @_;
    die "$what\n" unless $good;
    $checks++;
}

my $client = client('admin', 'admin');
for (1 .. 3) {
    my $answer = $client->send_request('system.getAPIVersion');
    check("version: $answer", ref $answer && ref $answer->value eq 'ARRAY');
}
my $refused = client('admin', 'wrong')->send_request('system.getAPIVersion');
check('wrong password: ' . (ref $refused ? $refused->as_string : $refused), !ref $refused && $refused =~ /401|Unauthorized/);
print "ok $checks\n";
