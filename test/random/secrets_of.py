# SPDX-License-Identifier: MIT
"""Secrets followed through machine code, whichever processor's."""
FLAGS = "flags"


class Refused(Exception):
    pass


def follow(code, step):
    """Every path, until nothing new is learnt: how many instructions they reach.

    step(instruction, secret) gives the registers that are secret behind an instruction.
    """
    at = {i.address: n for n, i in enumerate(code)}
    before = {0: frozenset()}
    left = [0]
    while left:
        n = left.pop()
        i = code[n]
        try:
            after = frozenset(step(i, before[n]))
            if i.returns:
                if after - {FLAGS}:
                    raise Refused("returns with secrets in " + " ".join(sorted(after - {FLAGS})))
                continue
            following = [] if i.jumps_always else [n + 1]
            if i.target is not None:
                if i.target not in at:
                    raise Refused("a jump to somewhere else")
                following.append(at[i.target])
            if max(following) >= len(code):
                raise Refused("goes on behind its end")
        except Refused as e:
            raise Refused(f"{i.address:x}: {i.text}: {e}") from None
        for f in following:
            union = before.get(f, frozenset()) | after
            if f not in before or union != before[f]:
                before[f] = union
                left.append(f)
    return len(before)
