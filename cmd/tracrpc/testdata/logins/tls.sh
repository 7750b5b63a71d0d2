# curl with a client certificate.
set -u
base=$1 ca=$2 cert=$3 key=$4
checks=0
try() {
  local want=$1 got
  shift
  got=$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: text/xml' --cacert "$ca" \
    -d '<methodCall><methodName>system.getAPIVersion</methodName></methodCall>' "$@")
  if [ "$got" != "$want" ]; then
    echo "curl $*: $got, want $want"
    exit 1
  fi
  checks=$((checks + 1))
}
try 200 --cert "$cert" --key "$key" "$base/login/rpc"
try 200 --cert "$cert" --key "$key" --anyauth -u admin:admin "$base/login/rpc"
try 401 "$base/login/rpc"
try 200 -u user:user "$base/login/rpc"
try 401 --cert "$cert" --key "$key" -u user:wrong "$base/login/rpc"
echo "ok $checks"
