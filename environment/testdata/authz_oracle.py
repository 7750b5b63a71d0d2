"""Asks Trac's own AuthzPolicy. Reads one JSON object from stdin: actions (a dict of what each implies), file (where to write),
and cases: each a text and questions [action, user, [[realm, id, version], ...]], resources from the outermost. Writes a list of
answers a case: true, false or null, or for a text that Trac does not take the name of the exception."""

import json
import logging
import os
import sys

from trac.perm import PermissionSystem
from trac.resource import Resource
from trac.test import EnvironmentStub
from tracopt.perm.authz_policy import AuthzPolicy


def main():
    given = json.load(sys.stdin)
    actions = given['actions']
    PermissionSystem.get_actions = lambda self, skip=None: sorted(actions)
    PermissionSystem.get_actions_dict = lambda self, skip=None: actions
    env = EnvironmentStub(enable=['trac.perm.*', AuthzPolicy])
    env.config.set('authz_policy', 'authz_file', given['file'])
    logging.disable(logging.CRITICAL)
    sys.setrecursionlimit(300)
    json.dump([answers(AuthzPolicy(env), given['file'], case) for case in given['cases']], sys.stdout)


def answers(policy, path, case):
    with open(path, 'wb') as f:
        f.write(case['text'].encode('utf-8'))
    policy.authz_mtime = None
    try:
        policy.parse_authz()
    except Exception as e:
        return type(e).__name__
    policy.parse_authz = lambda: None
    policy.authz_mtime = os.path.getmtime(path)
    try:
        return [ask(policy, *question) for question in case['questions']]
    finally:
        del policy.parse_authz


def ask(policy, action, user, chain):
    resource = None
    for realm, id, version in chain or []:
        resource = Resource(realm, id, version, parent=resource)
    return policy.check_permission(action, user, resource, None)


main()
