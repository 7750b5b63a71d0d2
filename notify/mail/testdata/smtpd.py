"""An SMTP server (aiosmtpd) for tests: it prints its port, and each mail that it takes as a line of JSON.

smtpd.py [--cert PEM] [--auth MECHANISM] [--refuse COMMAND=ANSWER]... [--hang COMMAND]

--cert offers STARTTLS. --auth asks for the user "trac" with the password "påsswörd". A refused COMMAND (EHLO, MAIL, DATA, or an
address for RCPT) gets ANSWER once; "*" at the end of the answer means each time. It ends when its standard input does.
"""
import argparse
import asyncio
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = b'trac', 'påsswörd'.encode()


class Handler:
    def __init__(self, options):
        self.refused = dict(r.split('=', 1) for r in options.refuse)
        self.hangs = options.hang

    async def answer(self, command):
        if command == self.hangs:
            await asyncio.sleep(3600)
        answer = self.refused.get(command)
        if answer and not answer.endswith('*'):
            del self.refused[command]
        return answer and answer.rstrip('*')

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        answer = await self.answer('EHLO')
        return [answer] if answer else responses

    async def handle_HELO(self, server, session, envelope, hostname):
        session.host_name = hostname
        return await self.answer('EHLO') or '250 mail.test'

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = await self.answer('MAIL')
        if answer:
            return answer
        envelope.mail_from, envelope.mail_options = address, options
        return '250 OK'

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await self.answer(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        answer = await self.answer('DATA')
        if answer:
            return answer
        print(json.dumps({
            'from': envelope.mail_from, 'options': envelope.mail_options, 'to': envelope.rcpt_tos, 'host': session.host_name,
            'tls': session.ssl is not None, 'user': (session.auth_data or b'').decode(), 'mail': envelope.content.decode('latin-1'),
        }), flush=True)
        return '250 OK'


def authenticator(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=right, handled=False, auth_data=data.login)


class Server(SMTP):
    """Offers what the options say, and greets late where they say so."""

    async def _handle_client(self):
        if self.event_handler.hangs == 'greeting':
            await asyncio.sleep(3600)
        await super()._handle_client()


async def serve(options):
    settings = {'hostname': 'mail.test', 'decode_data': False, 'enable_SMTPUTF8': True}
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert)
        settings['tls_context'] = context
    if options.auth:
        others = {'PLAIN', 'LOGIN'} - {options.auth}
        settings.update(authenticator=authenticator, auth_required=True, auth_require_tls=False, auth_exclude_mechanism=others)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(Handler(options), **settings), '127.0.0.1', 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main():
    warnings.simplefilter('ignore')  # passwords without TLS are meant
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument('--cert')
    parser.add_argument('--auth')
    parser.add_argument('--refuse', action='append', default=[])
    parser.add_argument('--hang')
    asyncio.run(serve(parser.parse_args()))


main()
