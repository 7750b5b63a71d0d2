<?php
// PHP's xmlrpc extension: requests are declared ISO-8859-1 unless told otherwise, and here one is.

$base = $argv[1];
$checks = 0;

function check($what, $good, $seen = null) {
    global $checks;
    if (!$good) {
        fwrite(STDERR, "$what: got " . var_export($seen, true) . "\n");
        exit(1);
    }
    $checks++;
}

function equal($what, $got, $want) {
    check("$what: want " . var_export($want, true), $got === $want, $got);
}

/** Sends a call and returns the HTTP status line and the decoded answer. */
function send($user, $password, $method, $arguments, $encoding) {
    global $base;
    $options = ['encoding' => $encoding, 'escaping' => 'markup'];
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => "Content-Type: text/xml\r\nAuthorization: Basic " . base64_encode("$user:$password") . "\r\n",
        'content' => xmlrpc_encode_request($method, $arguments, $options),
        'ignore_errors' => true,
    ]]);
    $body = file_get_contents("$base/login/xmlrpc", false, $context);
    return [$http_response_header[0], xmlrpc_decode($body, 'UTF-8')];
}

function call($method, ...$arguments) {
    [$status, $answer] = send('admin', 'admin', $method, $arguments, 'UTF-8');
    if (is_array($answer) && xmlrpc_is_fault($answer)) {
        check("$method: want no fault", false, $answer);
    }
    return $answer;
}

function fault($user, $method, ...$arguments) {
    [$status, $answer] = send($user, $user, $method, $arguments, 'UTF-8');
    check("$method: a fault is answered with 200", str_contains($status, ' 200 '), $status);
    check("$method: a fault", is_array($answer) && xmlrpc_is_fault($answer), $answer);
    return [$answer['faultCode'], $answer['faultString']];
}

// Reading.
$version = call('system.getAPIVersion');
check('API version', count($version) === 3 && $version[0] === 1, $version);
equal('milestones', call('ticket.milestone.getAll'), ['milestone1', 'milestone2', 'milestone3', 'milestone4']);

// Writing.
$text = "Grüße, 日本 😀 <b>&amp;</b>\nsecond line";
$id = call('ticket.create', 'PHP – ünï', $text, ['type' => 'task']);
check('create', is_int($id), $id);
[$number, $created, $changed, $ticket] = call('ticket.get', $id);
equal('id', $number, $id);
check('created', $created->xmlrpc_type === 'datetime' && $created->scalar === $changed->scalar, $created);
equal('description', $ticket['description'], $text);
$after = call('ticket.update', $id, 'done',
    ['action' => 'resolve', 'action_resolve_resolve_resolution' => 'fixed', '_ts' => $ticket['_ts']]);
equal('closed', [$after[3]['status'], $after[3]['resolution']], ['closed', 'fixed']);
equal('query', call('ticket.query', "id=$id&max=0"), [$id]);
equal('query with a question mark', call('ticket.query', "?keywords=~x&id=$id&order=changetime&desc=1"), [$id]);
equal('putPage', call('wiki.putPage', 'PhpPage', 'php text', ['comment' => 'c']), true);
equal('getPage', call('wiki.getPage', 'PhpPage'), 'php text');
[, $latin] = send('admin', 'admin', 'ticket.create', ["Gr\xfc\xdfe", ''], 'iso-8859-1');
equal('a latin-1 request', call('ticket.get', $latin)[3]['summary'], 'Grüße');

// An attachment.
$data = str_repeat(implode('', array_map('chr', range(0, 255))), 300);
$binary = $data;
xmlrpc_set_type($binary, 'base64');
equal('putAttachment', call('ticket.putAttachment', $id, 'p.bin', 'd', $binary, true), 'p.bin');
equal('getAttachment', call('ticket.getAttachment', $id, 'p.bin')->scalar, $data);
equal('size', call('ticket.listAttachments', $id)[0][2], strlen($data));

// A multicall, one call of which fails.
$answers = call('system.multicall', [
    ['methodName' => 'ticket.get', 'params' => [$id]],
    ['methodName' => 'ticket.get', 'params' => [999999]],
    ['methodName' => 'wiki.getPage', 'params' => ['PhpPage']],
]);
equal('multicall 0', $answers[0][0][0], $id);
equal('multicall 1', [$answers[1]['faultCode'] ?? 0, $answers[1]['faultString'] ?? ''],
    [404, 'Ticket 999999 does not exist.']);
equal('multicall 2', $answers[2], ['php text']);

// Faults and refusals.
equal('missing', fault('admin', 'ticket.get', 999999), [404, 'Ticket 999999 does not exist.']);
equal('no such method', fault('admin', 'no.such')[0], -32601);
equal('permission', fault('user', 'ticket.delete', $id)[0], 403);
[$status] = send('admin', 'wrong', 'system.getAPIVersion', [], 'UTF-8');
check('bad password', str_contains($status, ' 401 '), $status);

echo "ok $checks\n";
