# Ruby's net-http-digest_auth, which works out the header for Net::HTTP.
require 'net/http'
require 'net/http/digest_auth'
require 'xmlrpc/marshal'

$checks = 0

def check(what, good, seen = nil)
  abort "#{what}: got #{seen.inspect}" unless good
  $checks += 1
end

# A connection that answers a challenge once and then goes on with its nonce.
class Client
  def initialize(base, user, password)
    @uri = URI("#{base}/login/rpc")
    @uri.user, @uri.password = user, password
    @digest = Net::HTTP::DigestAuth.new
    @http = Net::HTTP.start(@uri.host, @uri.port)
    @challenges = 0
  end

  attr_reader :challenges

  def call(name, *params)
    answer = post(name, params)
    if answer.code == '401'
      @challenges += 1
      @challenge = answer['WWW-Authenticate']
      answer = post(name, params)
    end
    abort "#{name}: #{answer.code}" unless answer.code == '200'
    XMLRPC::Marshal.load_response(answer.body)
  end

  private

  def post(name, params)
    request = Net::HTTP::Post.new(@uri.request_uri, 'Content-Type' => 'text/xml')
    request['Authorization'] = @digest.auth_header(@uri, @challenge, 'POST') if @challenge
    request.body = XMLRPC::Marshal.dump_call(name, *params)
    @http.request(request)
  end
end

trac = Client.new(ARGV.fetch(0), 'admin', 'admin')
id = trac.call('ticket.create', 'by Digest', '', {})
5.times { check('ticket', trac.call('ticket.get', id)[3]['reporter'] == 'admin') }
check('one challenge', trac.challenges == 1, trac.challenges)
puts "ok #{$checks}"
