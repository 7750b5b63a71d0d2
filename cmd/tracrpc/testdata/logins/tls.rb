# Ruby's xmlrpc library with a certificate and key from a PKCS#12 file.
require 'openssl'
require 'xmlrpc/client'

uri, ca, _cert, _key, store = URI(ARGV[0]), *ARGV[1..4]
pair = OpenSSL::PKCS12.new(File.binread(store), 'secret')

client = XMLRPC::Client.new(uri.host, '/login/xmlrpc', uri.port, nil, nil, nil, nil, true)
client.http.ca_file = ca
client.http.cert = pair.certificate
client.http.key = pair.key
checks = 0
id = client.call('ticket.create', 'by certificate', '', {})
checks += 1
abort 'reporter' unless client.call('ticket.get', id)[3]['reporter'] == 'admin'
checks += 1
abort 'version' unless client.call('system.getAPIVersion').size == 3
checks += 1
puts "ok #{checks}"
