#!/bin/bash
# JSON-RPC and XML-RPC with nothing but curl, grep and sed, as shell scripts and hooks do it.
set -euo pipefail
base=$1
checks=0

# contains WHAT TEXT PART: PART must be in TEXT, letter by letter.
contains() {
  case $2 in
    *"$3"*) checks=$((checks + 1)) ;;
    *) printf '%s: want %s in: %s\n' "$1" "$3" "$2" >&2; exit 1 ;;
  esac
}

json() { curl -sS -u "$1" -H 'Content-Type: application/json' -d "$2" "$base/login/jsonrpc"; }
xml() { curl -sS -u admin:admin -H 'Content-Type: application/xml; charset=utf-8' --data-binary @- "$base/login/xmlrpc"; }

contains 'API version' "$(json admin:admin '{"method": "system.getAPIVersion", "id": 7}')" '"result": [1, '
contains 'the id comes back' "$(json admin:admin '{"method": "system.getAPIVersion", "id": "a7"}')" '"id": "a7"'

answer=$(json admin:admin '{"method": "ticket.create", "params": ["Curl \u2013 Gr\u00fc\u00dfe", "text", {"type": "task"}], "id": 1}')
id=$(sed -n 's/.*"result": \([0-9][0-9]*\).*/\1/p' <<<"$answer")
contains 'create' "$answer" "\"result\": $id, \"error\": null, \"id\": 1"
answer=$(json admin:admin '{"method": "ticket.get", "params": ['"$id"']}')
contains 'get' "$answer" "\"result\": [$id, {\"__jsonclass__\": [\"datetime\", \""
contains 'get' "$answer" '"summary": "Curl \u2013 Gr\u00fc\u00dfe"'
contains 'no id' "$answer" '"id": null'
contains 'update' "$(json admin:admin '{"method": "ticket.update", "params": ['"$id"', "done", {"action": "resolve", "action_resolve_resolve_resolution": "fixed"}]}')" '"status": "closed"'
contains 'query' "$(json admin:admin '{"method": "ticket.query", "params": ["id='"$id"'&max=0"]}')" "\"result\": [$id]"
contains 'putPage' "$(json admin:admin '{"method": "wiki.putPage", "params": ["CurlPage", "curl text", {}]}')" '"result": true'
contains 'getPage' "$(json admin:admin '{"method": "wiki.getPage", "params": ["CurlPage"]}')" '"result": "curl text"'

contains 'putAttachment' "$(json admin:admin '{"method": "ticket.putAttachment", "params": ['"$id"', "c.bin", "d", {"__jsonclass__": ["binary", "AAEC/w=="]}, true]}')" '"result": "c.bin"'
contains 'getAttachment' "$(json admin:admin '{"method": "ticket.getAttachment", "params": ['"$id"', "c.bin"]}')" '{"__jsonclass__": ["binary", "AAEC/w==\n"]}'

answer=$(json admin:admin '{"method": "system.multicall", "id": "outer", "params": [{"method": "wiki.getPage", "params": ["CurlPage"], "id": 1}, {"method": "ticket.get", "params": [999999], "id": "two"}, {"method": "ticket.get", "params": ['"$id"']}]}')
contains 'multicall 0' "$answer" '{"result": "curl text", "error": null, "id": 1}'
contains 'multicall 1' "$answer" '{"result": null, "id": "two", "error": {"name": "JSONRPCError", "code": 404, "message": "Ticket 999999 does not exist."}}'
contains 'multicall 2' "$answer" '"error": null, "id": "outer"}]'

contains 'missing' "$(json admin:admin '{"method": "ticket.get", "params": [999999], "id": 3}')" '{"result": null, "id": 3, "error": {"name": "JSONRPCError", "code": 404, "message": "Ticket 999999 does not exist."}}'
contains 'no such method' "$(json admin:admin '{"method": "no.such"}')" '"code": -32601'
contains 'not JSON' "$(json admin:admin '{"method"')" '"code": -32700'
contains 'permission' "$(json user:user '{"method": "ticket.delete", "params": ['"$id"']}')" '"code": 403'
contains 'a status of 200 for faults' "$(curl -sS -o /dev/null -w '%{http_code}' -u admin:admin -H 'Content-Type: application/json' -d '{"method": "no.such"}' "$base/login/rpc")" 200
answer=$(curl -sSi -u admin:wrong -H 'Content-Type: application/json' -d '{"method": "system.getAPIVersion"}' "$base/login/rpc")
contains 'bad password' "$answer" 'HTTP/1.1 401'
contains 'bad password' "$answer" 'Basic realm="trac"'

# The upload of a patch as a shell script does it: parameters without <value>, the answer read by the line.
upload() {
  xml <<XML
<?xml version='1.0'?>
<methodCall>
<methodName>ticket.putAttachment</methodName>
<params>
<param><int>$id</int></param>
<param><string>patch.diff</string></param>
<param><string>a patch</string></param>
<param><base64>$(printf 'diff --git' | base64)</base64></param>
<param><boolean>0</boolean></param>
</params>
</methodCall>
XML
}
contains 'upload' "$(upload | grep -A1 '<param>' | sed -n 's/.*<value><string>\(.*\)<\/string><\/value>.*/\1/p')" patch.diff
contains 'upload again' "$(upload)" '<value><string>patch.2.diff</string></value>'
id=999999
contains 'upload to nowhere' "$(upload | grep -A1 '<name>faultString</name>')" '<value><string>Ticket 999999 does not exist.</string></value>'

echo "ok $checks"
