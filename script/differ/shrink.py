"""Finds the shortest history that still leads to a difference."""
import copy


def shortest(steps, fails, budget):
    """Steps of which none can be left out, the last one aside, as far as budget replays tell.

    fails(steps) says whether these steps, too, lead to the difference.
    """
    replays = Budget(fails, budget)
    history, last = steps[:-1], steps[-1]
    size = max(1, len(history) // 2)
    while history and replays.left:
        shorter = _without_some(history, last, size, replays)
        if shorter is not None:
            history = shorter
            size = min(size, max(1, len(history) // 2))
        elif size == 1:
            break
        else:
            size //= 2
    return _with_less_in_them(history + [last], replays)


def _without_some(history, last, size, replays):
    """The history without some neighbouring steps, or None if all are needed. Later ones are left out first."""
    for end in range(len(history), 0, -size):
        shorter = history[:max(0, end - size)] + history[end:]
        if replays.fails(shorter + [last]):
            return shorter
    return None


def _with_less_in_them(steps, replays):
    """The steps without the attributes and the last arguments that change nothing."""
    for i in range(len(steps)):
        for smaller in _smaller(steps[i]):
            attempt = steps[:i] + [smaller(steps[i])] + steps[i + 1:]
            if attempt[i] is not None and replays.fails(attempt):
                steps = attempt
    return steps


def _smaller(step):
    """Functions that make a step smaller, or None of it where there is nothing more to take away."""
    def without_argument(step):
        return dict(step, params=step['params'][:-1]) if step['params'] else None

    def without_member(at, key):
        def drop(step):
            if len(step['params']) <= at or key not in step['params'][at]:
                return None
            step = copy.deepcopy(step)
            del step['params'][at][key]
            return step
        return drop

    yield without_argument
    yield without_argument
    for at, param in enumerate(step['params']):
        if isinstance(param, dict) and not any(k.startswith('$') for k in param):
            for key in list(param):
                yield without_member(at, key)


class Budget:
    """Counts replays; with none left nothing fails any more."""

    def __init__(self, fails, left):
        self.left = left
        self._fails = fails

    def fails(self, steps):
        if not self.left:
            return False
        self.left -= 1
        return self._fails(steps)
