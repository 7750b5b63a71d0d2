#!/usr/bin/env python3
"""Tests of the runner itself: python3 test_rpccheck.py"""
import os
import sys
import unittest
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import case
import compare
import symbols
import typed
import wire

VALUES = [0, -5, True, False, '', 'a < b & c', '\u65e5\U0001f600', [], [1, [2]], {}, {'a': {'b': 'c'}}, None,
          {'$dt': '2024-02-29T12:34:56'}, {'$bin': 'AP8='}, {'$double': '1.5'}]


class Typed(unittest.TestCase):
    def test_xml_round_trip(self):
        for value in VALUES:
            self.assertEqual(typed.from_xml(ET.fromstring(typed.xml_value(value))), value)

    def test_json_round_trip(self):
        for value in VALUES:
            self.assertEqual(typed.from_json(typed.json_value(value)), value)

    def test_kinds_are_kept_apart(self):
        texts = [symbols.canonical(v) for v in (1, True, '1', {'$double': '1.0'}, None, 0, '', [], {})]
        self.assertEqual(len(set(texts)), len(texts))

    def test_odd_notations_are_seen(self):
        for text in ('<int>1.0</int>', '<dateTime.iso8601>2024-01-01T00:00:00</dateTime.iso8601>',
            '<boolean>true</boolean>',
                     '<i8>5</i8>', '<base64>!</base64>', '<foo/>'):
            self.assertIn('$odd', typed.from_xml(ET.fromstring('<value>%s</value>' % text)), text)
        self.assertIn('$odd', typed.from_json({'__jsonclass__': ['datetime', '2024-01-01']}))

    def test_faults(self):
        body = typed.xml_value({'faultCode': 404, 'faultString': 'no'})
        self.assertEqual(typed.read_xml_answer('<methodResponse><fault>%s</fault></methodResponse>' % body),
                         {'fault': {'code': 404, 'string': 'no'}})
        self.assertEqual(typed.read_json_answer('{"id": 1, "result": null, "error": {"name": "E", "code": 5, "message": "m"}}'),
                         {'id': 1, 'fault': {'code': 5, 'string': 'm', 'name': 'E'}})
        self.assertEqual(typed.read_json_answer('{"id": 1, "result": 2}'), {'json': {'id': 1, 'result': 2}})


class Symbols(unittest.TestCase):
    def setUp(self):
        self.symbols = symbols.Symbols('http://host/base/')
        self.symbols.learn('t', 'ticket.create', 12)
        self.now = symbols._utc_now()

    def stamp(self, seconds=0):
        delta = self.now - symbols.datetime.datetime(1970, 1, 1)
        return str(int(delta.total_seconds() + seconds) * 1000000 + 7)

    def test_text(self):
        self.assertEqual(self.symbols.text('Ticket 12 and #12, #13, http://host/base/ticket/12?x'),
                         'Ticket <id:t> and #<id:t>, #13, <base>/ticket/<id:t>?x')
        self.assertEqual(self.symbols.text('a' + self.symbols.token), 'a<u>')

    def test_stamps_are_numbered(self):
        a, b = self.stamp(), self.stamp(1)
        self.assertEqual([self.symbols.text(s) for s in (a, b, a)], ['<ts1>', '<ts2>', '<ts1>'])
        self.assertEqual(self.symbols.text('1583020799000000'), '1583020799000000')

    def test_dates(self):
        now = {'$dt': self.now.strftime('%Y-%m-%dT%H:%M:%S')}
        old = {'$dt': '2020-01-01T00:00:00'}
        self.assertEqual(self.symbols.normalise({'result': [now, old]}), {'result': [{'$dt': '<now>'}, old]})

    def test_ids_only_where_they_are(self):
        seen = {'result': [12, 'x', 12]}
        self.assertEqual(self.symbols.normalise(seen, 'ticket.get')['result'], ['<id:t>', 'x', 12])
        self.assertEqual(self.symbols.normalise({'result': [11, 12]}, 'ticket.query')['result'], [11, '<id:t>'])
        self.assertEqual(self.symbols.normalise({'result': [11, 12]}, 'ticket.query', own=True)['result'], ['<id:t>'])
        self.assertEqual(self.symbols.normalise({'result': 12}, 'ticket.milestone.get')['result'], 12)

    def test_other_cases_are_left_out(self):
        mine, other = 'm' + self.symbols.token, 'm' + symbols.new_token()
        self.assertEqual(self.symbols.normalise({'result': ['milestone1', other, mine]})['result'], ['milestone1',
            'm<u>'])
        self.assertEqual(self.symbols.normalise({'result': [{'name': other}]})['result'], [])

    def test_sorting(self):
        self.assertEqual(self.symbols.normalise({'result': ['b', 'a']}, sort=True)['result'], ['a', 'b'])


class Places(unittest.TestCase):
    def setUp(self):
        self.run = case.CaseRun('http://host')
        self.run.results.update(t=5, g=[5, {'_ts': '9'}])

    def test_places(self):
        self.assertEqual(self.run.resolve('${t}/${g/1/_ts}'), '5/9')
        self.assertEqual(self.run.resolve([{'$ref': 't'}, {'a': {'$ref': 'g/0'}}]), [5, {'a': 5}])
        self.assertEqual(self.run.resolve({'$repeat': ['ab', 3]}), 'ababab')
        self.assertEqual(self.run.resolve({'$join': ['x', {'$repeat': ['y', 2]}]}), 'xyy')
        self.assertEqual(self.run.resolve('$USER ${}'), '$USER ${}')

    def test_missing(self):
        self.assertRaises(case.Unresolved, self.run.resolve, '${nosuch}')
        self.assertRaises(case.Unresolved, self.run.resolve, {'$ref': 'g/7'})


class Compare(unittest.TestCase):
    def test_first_difference(self):
        self.assertIsNone(compare.first_difference({'a': [1, '1']}, {'a': [1, '1']}))
        self.assertEqual(compare.first_difference({'a': [1, 2]}, {'a': [1, '2']}), ('.a[1]', 2, '2'))
        self.assertEqual(compare.first_difference({'a': 1}, {}), ('.a', 1, '<absent>'))
        self.assertEqual(compare.first_difference(1, True)[1:], (1, True))

    def test_allowed_inside_of_something_else(self):
        self.assertIsNone(compare.first_difference({'result': [1, 1, 9]}, {'result': [1, 2, 0]}))
        self.assertIsNone(compare.first_difference([[[1, 1, 9]], 'a'], [[[1, 2, 0]], 'a']))
        self.assertEqual(compare.first_difference([[1, 1, 9], 'a'], [[1, 2, 0], 'b']), ('[1]', 'a', 'b'))

    def test_free_texts(self):
        step = {'text': 'free', 'expect': {'status': 200, 'fault': {'code': 1, 'string': 'x'}}}
        self.assertIsNone(compare.step_difference(step, {'status': 200, 'fault': {'code': 1, 'string': 'y'}}))
        self.assertIsNotNone(compare.step_difference(step, {'status': 200, 'fault': {'code': 2, 'string': 'y'}}))
        self.assertIsNotNone(compare.step_difference(step, {'status': 200, 'fault': {'code': 1, 'string': ''}}))
        self.assertIsNotNone(compare.step_difference(step, {'status': 200, 'fault': {'code': 1, 'string': 'y'}},
            strict=True))

    def test_texts_inside_a_multicall(self):
        inner = [{'id': 1, 'result': None, 'error': {'code': 1, 'message': "x has no attribute 'y'"}}]
        self.assertTrue(compare.is_python_text({'result': inner}))

    def test_plain_refusals(self):
        step = {'expect': {'status': 401, 'auth': ['Basic'], 'type': None, 'body': ''}}
        self.assertIsNone(compare.step_difference(step, {'status': 401, 'auth': ['Basic'], 'type': 'text/plain',
            'body': 'no'}))
        self.assertIsNotNone(compare.step_difference(step, {'status': 401, 'type': None, 'body': ''}))


class Wire(unittest.TestCase):
    def test_basic_auth(self):
        self.assertEqual(wire.basic_auth('admin', {}), 'Basic YWRtaW46YWRtaW4=')
        self.assertEqual(wire.basic_auth('admin', {'admin': 'x'}), wire.basic_auth('admin:x', {}))

    def test_unreadable_answers(self):
        self.assertEqual(wire.observe(0, {}, b''), {'status': 0})
        self.assertEqual(wire._observe_body('text/xml', b'<methodResponse>')['unreadable'], 'XML')
        self.assertEqual(wire._observe_body('application/json', b'{"a"')['unreadable'], 'JSON')


if __name__ == '__main__':
    unittest.main()
