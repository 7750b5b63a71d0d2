// npm's xmlrpc, which WordPress' own patch uploader is built on. NODE_PATH says where it is installed.
const xmlrpc = require('xmlrpc');

const base = new URL(process.argv[2]);
let checks = 0;

function check(what, good, seen) {
  if (!good) throw new Error(`${what}: got ${JSON.stringify(seen)}`);
  checks++;
}

function equal(what, got, want) {
  check(`${what}: want ${JSON.stringify(want)}`, JSON.stringify(got) === JSON.stringify(want), got);
}

function client(user, password) {
  const made = xmlrpc.createClient({
    host: base.hostname, port: base.port, path: '/login/xmlrpc', basic_auth: {user, pass: password},
  });
  return (method, ...params) => new Promise((resolve, reject) => {
    made.methodCall(method, params, (error, value) => (error ? reject(error) : resolve(value)));
  });
}

async function refusal(what, promise) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: got ${JSON.stringify(answer)}, want an error`);
}

async function write(call) {
  const text = 'Grüße, 日本 😀 <b>&amp;</b>\nsecond line';
  const id = await call('ticket.create', 'Node – ünï', text, {type: 'task'});
  check('create', Number.isInteger(id), id);
  const [number, created, changed, ticket] = await call('ticket.get', id);
  equal('id', number, id);
  check('created', created instanceof Date && created.getTime() === changed.getTime(), created);
  equal('description', ticket.description, text.replace('\n', '\r\n')); // its XML reader keeps the CR
  const after = await call('ticket.update', id, 'done',
    {action: 'resolve', action_resolve_resolve_resolution: 'fixed', _ts: ticket._ts});
  equal('closed', [after[3].status, after[3].resolution], ['closed', 'fixed']);
  equal('query', await call('ticket.query', `id=${id}&max=0`), [id]);
  equal('putPage', await call('wiki.putPage', 'NodePage', 'node text', {comment: 'c'}), true);
  equal('getPage', await call('wiki.getPage', 'NodePage'), 'node text');
  return id;
}

async function attach(call, id) {
  const data = Buffer.alloc(256 * 300, Buffer.from(Array.from({length: 256}, (_, i) => i)));
  equal('putAttachment', await call('ticket.putAttachment', id, 'fix.diff', '', data, false), 'fix.diff');
  equal('taken name', await call('ticket.putAttachment', id, 'fix.diff', '', data, false), 'fix.2.diff');
  check('getAttachment', data.equals(await call('ticket.getAttachment', id, 'fix.diff')), 'other bytes');
  equal('listAttachments', (await call('ticket.listAttachments', id))[0].slice(0, 3), ['fix.diff', '', data.length]);
}

async function multicall(call, id) {
  const answers = await call('system.multicall', [
    {methodName: 'ticket.get', params: [id]},
    {methodName: 'ticket.get', params: [999999]},
    {methodName: 'wiki.getPage', params: ['NodePage']},
  ]);
  equal('multicall 0', answers[0][0][0], id);
  equal('multicall 1', [answers[1].faultCode, answers[1].faultString], [404, 'Ticket 999999 does not exist.']);
  equal('multicall 2', answers[2], ['node text']);
}

async function main() {
  const call = client('admin', 'admin');
  const version = await call('system.getAPIVersion');
  check('API version', version.length === 3 && version[0] === 1, version);
  equal('milestones', await call('ticket.milestone.getAll'), ['milestone1', 'milestone2', 'milestone3', 'milestone4']);
  const id = await write(call);
  await attach(call, id);
  await multicall(call, id);
  const missing = await refusal('missing', call('ticket.get', 999999));
  equal('missing', [missing.faultCode, missing.faultString], [404, 'Ticket 999999 does not exist.']);
  equal('no such method', (await refusal('method', call('no.such'))).faultCode, -32601);
  equal('permission', (await refusal('permission', client('user', 'user')('ticket.delete', id))).faultCode, 403);
  const refused = await refusal('bad password', client('admin', 'wrong')('system.getAPIVersion'));
  check('bad password', !String(refused).includes('Unknown XML-RPC tag'), String(refused));
  equal('after a refusal', (await call('ticket.get', id))[0], id);
}

main().then(() => console.log(`ok ${checks}`), (error) => {
  console.error(error);
  process.exit(1);
});
