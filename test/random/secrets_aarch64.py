# SPDX-License-Identifier: MIT
"""What test/random/assembly knows of aarch64."""
import re

from secrets_of import FLAGS, Refused

OBJDUMP = "aarch64-linux-gnu-objdump"
FUNCTIONS = {"chacha20_blocks_neon"}

OUT, KEY, TAIL, SCRATCH = "x0", "x1", "x2", "x4"
# those whose time does not depend on their operands; others are refused
VECTOR = {"add", "eor", "shl", "sri", "rev32", "tbl", "trn1", "trn2", "uzp1", "uzp2", "dup", "movi"}
GENERAL = {"add", "sub", "subs", "mov"}
LOADS = {"ldr", "ldp"}
STORES = {"str", "stp", "st1"}
BRANCHES = {"b", "b.eq", "b.ne", "cbz", "cbnz"}
NOTHING = {"bti", "nop", "ret"}
# a caller finds these again as they were, and nothing of ours saves them
KEPT = {f"v{n}" for n in range(8, 16)} | {f"x{n}" for n in range(18, 31)}


def register(name):
    """The whole of which that is a part."""
    m = re.fullmatch(r"[vqdsb](\d+)(\..*)?", name)
    if m:
        return "v" + m.group(1)
    return re.sub(r"^[xw](\d+)$", r"x\1", name)


class Operand:
    def __init__(self, text):
        self.immediate = text.startswith("#")
        self.literal = bool(re.fullmatch(r"[0-9a-f]+", text))
        self.memory = None
        self.registers = []
        # v0.d[1], written to: what stood in the rest of it still does
        self.is_part = bool(re.search(r"\.[bhsd]\[\d\]$", text))
        if text.startswith("["):
            self.memory = [register(r) for r in re.findall(r"\b[xw]\d+\b|\bsp\b", text)]
        elif not self.immediate and not self.literal:
            self.registers = [register(r) for r in re.findall(r"\b[vqdsbxw]\d+\b|\bsp\b", text)]
            if not self.registers and not re.fullmatch(r"[xw]zr|c", text):
                raise Refused(f"operand {text}")


class Instruction:
    def __init__(self, address, text):
        self.address = address
        text = re.sub(r"\s*(//.*|<.*>)", "", text).strip()
        parts = text.split(None, 1)
        self.name = parts[0]
        self.text = text
        self.returns = self.name == "ret"
        self.jumps_always = self.name == "b"
        self.target = None
        self.operands = []
        if len(parts) > 1:
            self.operands = [Operand(o.strip()) for o in
                             re.findall(r"(?:[^,\[{]|\[[^]]*\]|\{[^}]*\})+", parts[1])]
        if self.name in BRANCHES:
            self.target = int(parts[1].split(",")[-1], 16)
            self.operands = self.operands[:-1]


def check_memory(o, secret):
    if len(o.memory) != 1 or o.memory[0] not in (OUT, KEY, TAIL, SCRATCH):
        raise Refused("memory that is neither out, key, tail, scratch nor a constant")
    if o.memory[0] in secret:
        raise Refused("an address that depends on a secret")


def load(i, secret):
    place = next(o for o in i.operands if o.memory is not None or o.literal)
    taint = place.memory is not None and place.memory[0] in (OUT, KEY, SCRATCH)
    to = {r for o in i.operands[:i.operands.index(place)] for r in o.registers}
    return secret | to if taint else secret - to


def store(i, secret):
    place = next(o for o in i.operands if o.memory is not None)
    sources = {r for o in i.operands[:i.operands.index(place)] for r in o.registers}
    if place.memory[0] not in (OUT, TAIL, SCRATCH):
        raise Refused("a store that is neither to out, tail nor scratch")
    if sources & secret and place.memory[0] == TAIL:
        raise Refused("a secret stored in tail")
    return secret


def check_written(i):
    to = set(i.operands[0].registers) if i.name not in STORES else set()
    if i.name == "ldp":
        to |= set(i.operands[1].registers)
    if to & KEPT:
        raise Refused("a register that the caller keeps")
    # an address moves on by a constant, and is no other's
    moves_on = i.name == "add" and i.operands[2].immediate and i.operands[1].registers == i.operands[0].registers
    if to & {OUT, KEY, TAIL, SCRATCH} and not moves_on:
        raise Refused("an address of another place")


def compute(i, secret):
    to, sources = i.operands[0].registers[0], {r for o in i.operands[1:] for r in o.registers}
    if i.name == "sri" or i.operands[0].is_part:
        sources.add(to)
    taint = bool(sources & secret)
    if i.name == "subs":
        secret = secret | {FLAGS} if taint else secret - {FLAGS}
    return secret | {to} if taint else secret - {to}


def step(i, secret):
    """The secret registers after i."""
    secret = set(secret)
    if i.name not in VECTOR | GENERAL | LOADS | STORES | BRANCHES | NOTHING:
        raise Refused("an instruction that is not known to be harmless")
    for o in i.operands:
        if "sp" in o.registers + (o.memory or []):
            raise Refused("the stack")
        if o.memory is not None:
            check_memory(o, secret)
    if i.name in BRANCHES:
        if {r for o in i.operands for r in o.registers} & secret or ("." in i.name and FLAGS in secret):
            raise Refused("a branch that depends on a secret")
        return secret
    if i.name in NOTHING:
        return secret
    check_written(i)
    if i.name in LOADS:
        return load(i, secret)
    return store(i, secret) if i.name in STORES else compute(i, secret)


# Each is refused, or the program above sees nothing.
WRONG = {
    "an address": "ldr x5, [x1]; ldr x6, [x2, x5]; mov x5, #0; ret",
    "an address in another register": "add x5, x0, #64; ldr q0, [x5]; movi v0.2d, #0; ret",
    "an address that becomes another": "mov x2, x0; ret",
    "a branch": "ldr x5, [x1]; cbz x5, 1f; 1: mov x5, #0; ret",
    "a branch on what was computed": "ldr x5, [x1]; subs x5, x5, #1; mov x5, #0; b.eq 1f; 1: ret",
    "a register left": "ldr q3, [x1]; str q3, [x0]; ret",
    "half a register left": "ldr q3, [x1]; str q3, [x0]; mov v3.d[0], x3; ret",
    "what was inserted into left": "ldr q3, [x1]; movi v2.2d, #0; sri v2.4s, v3.4s, #8; movi v3.2d, #0; ret",
    "one way out without wiping": "ldr q1, [x1]; cbz x3, 1f; movi v1.2d, #0; 1: ret",
    "a store beside out": "ldr x5, [x1]; str x5, [x2]; mov x5, #0; ret",
    "a store to the key": "str xzr, [x1]; ret",
    "a spill": "ldr q0, [x1]; str q0, [sp, #-16]!; movi v0.2d, #0; ret",
    "a frame": "sub sp, sp, #16; add sp, sp, #16; ret",
    "a register of the caller's": "movi v8.2d, #0; ret",
    "what was put down": "ldr q0, [x1]; str q0, [x4]; movi v0.2d, #0; ldr x5, [x4]; cbz x5, 1f; 1: mov x5, #0; ret",
    "a division": "ldr x5, [x1]; udiv x5, x5, x3; mov x5, #0; ret",
    "a call": "bl 1f; 1: ret",
}
