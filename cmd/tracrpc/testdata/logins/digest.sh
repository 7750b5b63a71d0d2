# curl's Digest, and its choice of the strongest scheme.
set -u
base=$1
checks=0
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
call='<methodCall><methodName>system.getAPIVersion</methodName></methodCall>'

# try STATUS OPTION...: makes a call, and checks the status of the last answer.
try() {
  local want=$1 got
  shift
  got=$(curl -s -o "$dir/body" -D "$dir/head" -w '%{http_code}' -H 'Content-Type: text/xml' -d "$call" "$@")
  if [ "$got" != "$want" ]; then
    echo "curl $*: $got, want $want"
    cat "$dir/head" "$dir/body"
    exit 1
  fi
  checks=$((checks + 1))
}

# sent PATTERN OPTION...: the same with success, and a header that was sent must match.
sent() {
  local pattern=$1
  shift
  try 200 -v --stderr "$dir/trace" "$@"
  if ! grep -Eq "^> Authorization: $pattern" "$dir/trace"; then
    echo "curl $*: sent no $pattern"
    cat "$dir/trace"
    exit 1
  fi
}

sent 'Digest username="admin".*algorithm=(SHA-256|MD5)' --digest -u admin:admin "$base/login/rpc"
sent 'Digest username="admin"' --anyauth -u admin:admin "$base/login/rpc"
sent 'Basic ' --basic -u admin:admin "$base/login/rpc"
sent 'Digest username="admin".*uri="/login/xmlrpc\?a=b%20c' --digest -u admin:admin "$base/login/xmlrpc?a=b%20c"
sent 'Digest username="jörg smith"' --digest -u 'jörg smith:p"ä\ss:wörd' "$base/login/rpc"
sent 'Basic ' --basic -u 'jörg smith:p"ä\ss:wörd' "$base/login/rpc"
try 401 --basic -u 'jörg smith:p"ä\ss' "$base/login/rpc"
try 401 --digest -u admin:wrong "$base/login/rpc"
try 401 --digest -u ghost:admin "$base/login/rpc"
try 401 "$base/login/rpc"
echo "ok $checks"
