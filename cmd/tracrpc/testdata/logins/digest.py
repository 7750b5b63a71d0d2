"""xmlrpc.client with a transport that leaves the login to urllib's Digest, and the other handlers of urllib."""
import io
import sys
import urllib.error
import urllib.request
import xmlrpc.client

base = sys.argv[1]
checks = 0


class Transport(xmlrpc.client.Transport):
    """Sends requests through urllib, as scripts do that need Digest or a proxy."""

    def __init__(self, handler, user, password):
        super().__init__()
        handler.add_password("trac", base, user, password)
        self.opener = urllib.request.build_opener(handler)

    def request(self, host, handler, request_body, verbose=False):
        request = urllib.request.Request(f"http://{host}{handler}", request_body, {"Content-Type": "text/xml"})
        self.verbose = verbose
        with self.opener.open(request) as response:
            return self.parse_response(io.BytesIO(response.read()))


class Afresh(xmlrpc.client.Transport):
    """Makes an opener for each call, and so answers a challenge each time, as the plugin's users were told to."""

    def __init__(self, realm, user, password):
        super().__init__()
        self.login = realm, user, password

    def request(self, host, handler, request_body, verbose=False):
        self.verbose = verbose
        realm, user, password = self.login
        url = f"http://{host}{handler}"
        request = urllib.request.Request(url, request_body)
        request.add_header("User-Agent", self.user_agent)
        request.add_header("Content-Type", "text/xml")
        digest = urllib.request.HTTPDigestAuthHandler()
        digest.add_password(realm, url, user, password)
        return self.parse_response(urllib.request.build_opener(digest).open(request))


def proxy(handler, user, password, path="/login/rpc"):
    return xmlrpc.client.ServerProxy(base + path, Transport(handler, user, password))


def check(what, good):
    global checks
    if not good:
        sys.exit(f"{what}: failed")
    checks += 1


digest = proxy(urllib.request.HTTPDigestAuthHandler(), "admin", "admin")
for _ in range(3):
    check("version", digest.system.getAPIVersion() >= [1, 1, 9])
page = digest.wiki.putPage("DigestPage", "= Hé =", {})
check("put", page is True)
check("get", digest.wiki.getPage("DigestPage") == "= Hé =")
check("author", digest.wiki.getPageInfo("DigestPage")["author"] == "admin")
multi = xmlrpc.client.MultiCall(digest)
multi.wiki.getPage("DigestPage")
multi.system.getAPIVersion()
check("multicall", tuple(multi())[0] == "= Hé =")

afresh = xmlrpc.client.ServerProxy(base + "/login/rpc", Afresh("trac", "admin", "admin"))
for text in "one", "two":
    check("put afresh", afresh.wiki.putPage("DigestPage", text, {}) is True)
    check("get afresh", afresh.wiki.getPage("DigestPage") == text)
elsewhere = xmlrpc.client.ServerProxy(base + "/login/rpc", Afresh("another realm", "admin", "admin"))
try:
    elsewhere.system.getAPIVersion()
    sys.exit("a password for another realm was sent")
except urllib.error.HTTPError as error:
    check("another realm", error.code == 401)

basic = proxy(urllib.request.HTTPBasicAuthHandler(), "admin", "admin")
check("basic beside digest", basic.system.getAPIVersion() >= [1, 1, 9])

for user, password in ("admin", "wrong"), ("ghost", "admin"):
    try:
        proxy(urllib.request.HTTPDigestAuthHandler(), user, password).system.getAPIVersion()
        sys.exit(f"{user}:{password} was let in")
    except urllib.error.HTTPError as error:
        check("refused", error.code == 401)

print(f"ok {checks}")
