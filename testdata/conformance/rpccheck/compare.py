"""Compares an answer with the recorded one."""
import re

from symbols import canonical

# Fault texts that only say how the reference is built.  Steps whose fault text matches are
# recorded with "text": "free".
PYTHON_TEXT = re.compile(
    r"positional argument|unexpected keyword|has no attribute|not subscriptable|object is not|"
    r"unsupported operand|not supported between|invalid literal for|is not JSON serializable|"
    r"expected str|must be str|can only concatenate|not iterable|cannot marshal|"
    r"unhashable type|string indices|list indices|argument must be|Error binding parameter|"
    r"UNIQUE constraint|datatype mismatch|SQL logic|type '|codec can't|not well-formed|no element found|"
    r"syntax error: line|junk after|mismatched tag|undefined entity|invalid token|unclosed|Expecting |"
    r"Extra data|Invalid control character|Unterminated|JSONDecodeError|XML_PARSER|ResponseError|"
    r"exceeds XML-RPC|cannot convert|too large to convert|out of range|day is out of|month must be|"
    r"does not match format|unconverted data|Incorrect padding|could not convert|unicode error|"
    r"a bytes-like object|RPC_TYPES|not enough values|too many values|recursion|"
    r"expected at most|format: a |Cannot update a new ticket|Cannot delete non-existent attachment|"
    r"Attachment 'None'|Wiki page name 'None'|'None\(\)'|Value after \*|Invalid \\|unknown encoding|"
    r"bad boolean value|date format is not known|read length must be|<Fault |cannot unpack|no such column|"
    r"must be in |bad operand|descriptor '|__dict__|NoneType|not allowed unless|integer is required|"
    r"reference to invalid character|surrogates|tuple index|has no len|IntegrityError|float\(\) arg|int\(\) arg")

PLAIN_REFUSALS = (301, 400, 401, 404)


def is_python_text(answer):
    return any(PYTHON_TEXT.search(text) for text in fault_texts(answer))


def fault_texts(answer):
    """Every fault text in an answer, those inside a multicall's result too."""
    if isinstance(answer, list):
        for part in answer:
            yield from fault_texts(part)
    elif isinstance(answer, dict):
        for holder, member in (('fault', 'string'), ('error', 'message')):
            fault = answer.get(holder)
            if isinstance(fault, dict) and isinstance(fault.get(member), str):
                yield fault[member]
        for part in answer.values():
            yield from fault_texts(part)


def without_fault_texts(answer):
    """The answer with every non-empty fault text replaced by the same mark."""
    if isinstance(answer, list):
        return [without_fault_texts(v) for v in answer]
    if not isinstance(answer, dict):
        return answer
    out = {k: without_fault_texts(v) for k, v in answer.items()}
    for holder, member in (('fault', 'string'), ('error', 'message')):
        if isinstance(out.get(holder), dict) and out[holder].get(member):
            out[holder][member] = '<any>'
    if answer.get('status') in (415, 500) and answer.get('body'):
        out['body'] = '<any>'
    return out


DEFAULT_OWNER = '< default >'


def allowed(expected, got):
    """Where a server may differ from the reference on purpose (README.md, "Meant to differ")."""
    if expected == DEFAULT_OWNER:                     # an owner resolved to the component's owner, or to none
        return isinstance(got, str)
    if expected == [1, 1, 9]:                         # system.getAPIVersion
        return got == [1, 2, 0]
    if isinstance(expected, list) and 'system.listMethods' in expected:
        return isinstance(got, list) and set(expected) <= set(n for n in got if isinstance(n, str))
    return False


def first_difference(expected, got, path=''):
    """None, or (path, expected part, got part) of the first place where two answers differ."""
    if canonical(expected) == canonical(got) or allowed(expected, got):
        return None
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in sorted(set(expected) | set(got)):
            if key not in expected or key not in got:
                return path + '.' + key, expected.get(key, '<absent>'), got.get(key, '<absent>')
            found = first_difference(expected[key], got[key], path + '.' + key)
            if found:
                return found
        return None
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for i, (a, b) in enumerate(zip(expected, got)):
            found = first_difference(a, b, '%s[%d]' % (path, i))
            if found:
                return found
        return None
    return path or '.', expected, got


def without_error_page(answer):
    """Of a plain HTTP refusal only the status and the authentication schemes matter."""
    if isinstance(answer, dict) and answer.get('status') in PLAIN_REFUSALS:
        return {k: v for k, v in answer.items() if k not in ('type', 'body')}
    return answer


def step_difference(step, got, strict=False):
    expected = step.get('expect')
    if expected is None:
        return '.', '<not recorded>', got
    if not strict:
        expected, got = without_error_page(expected), without_error_page(got)
    if step.get('text') == 'free' and not strict:
        expected, got = without_fault_texts(expected), without_fault_texts(got)
    return first_difference(expected, got)
