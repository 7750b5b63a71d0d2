"""xmlrpc.client with a client certificate, by the stock parameter context."""
import ssl
import sys
import xmlrpc.client

base, ca, cert, key = sys.argv[1:5]
checks = 0

context = ssl.create_default_context(cafile=ca)
context.load_cert_chain(cert, key)
trac = xmlrpc.client.ServerProxy(base + "/login/rpc", context=context)
for _ in range(3):
    assert trac.system.getAPIVersion() >= [1, 1, 9]
    checks += 1
assert trac.wiki.putPage("TLSPage", "text", {}) is True
assert trac.wiki.getPageInfo("TLSPage")["author"] == "admin"
checks += 1

without = ssl.create_default_context(cafile=ca)
try:
    xmlrpc.client.ServerProxy(base + "/login/rpc", context=without).system.getAPIVersion()
    sys.exit("without a certificate: was let in")
except xmlrpc.client.ProtocolError as error:
    assert error.errcode == 401
    checks += 1
print(f"ok {checks}")
