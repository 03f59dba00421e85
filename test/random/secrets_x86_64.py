# SPDX-License-Identifier: MIT
"""What test/random/assembly knows of x86-64."""
import re

from secrets_of import FLAGS, Refused

OBJDUMP = "objdump"
FUNCTIONS = {"chacha20_blocks_sse2", "chacha20_blocks_avx2", "chacha20_blocks_avx512"}
OUT, KEY, TAIL, SCRATCH = "rdi", "rsi", "rdx", "r8"
# those whose time does not depend on their operands; others are refused
MOVES = {"mov", "movq", "movd", "movdqa", "movdqu", "pshufd", "pshuflw", "pshufhw", "prefetchw"}
SSE = {"paddd", "paddq", "pxor", "por", "pslld", "psrld", "punpcklqdq"}
ARITHMETIC = {"add", "sub", "xor", "inc", "dec", "ror"}
COMPARISONS = {"cmp", "test"}
AVX = {"vpaddd", "vpaddq", "vpxor", "vpxord", "vbroadcasti32x4", "vpor", "vpslld", "vpsrld", "vprold", "vpshufb",
       "vpshufd", "vmovq", "vpinsrq", "vinserti128", "vperm2i128", "vmovdqa", "vmovdqu",
       "vmovdqa64", "vmovdqu64", "vbroadcasti128", "vpbroadcastd", "vpcmpltud", "vpunpckldq",
       "vpunpckhdq", "vpunpcklqdq", "vpunpckhqdq", "vpmaxud", "vpcmpeqd", "vshufi32x4", "vshufi64x2", "vshufpd", "vpblendmq",
       "kmovw"}
NOTHING = {"endbr64", "nop", "nopw", "nopl", "cs", "data16", "xchg"}
JUMPS = {"je", "jne", "jb", "jae", "jbe"}


def register(name):
    """The whole of which that is a part."""
    m = re.fullmatch(r"[xyz]mm(\d+)", name)
    if m:
        return "v" + m.group(1)
    m = re.fullmatch(r"(r\d+)[dwb]?", name)
    if m:
        return m.group(1)
    return re.sub(r"^e(..)$", r"r\1", name)


class Operand:
    def __init__(self, text):
        self.mask = re.findall(r"\{%(k\d)\}", text)
        self.zeroes = "{z}" in text
        text = re.sub(r"\{.*?\}", "", text)
        self.immediate = text.startswith("$")
        self.memory = None
        self.register = None
        if "(" in text:
            self.memory = [register(r) for r in re.findall(r"%(\w+)", text)]
        elif text.startswith("%"):
            self.register = register(text[1:])
        elif not self.immediate:
            raise Refused(f"operand {text}")


def operands(text):
    return [Operand(o) for o in re.findall(r"(?:[^,(]|\([^)]*\))+", text)]


class Instruction:
    def __init__(self, address, text):
        self.address = address
        text = re.sub(r"\s*(#.*|<.*>)", "", text).strip()
        parts = text.split(None, 1)
        self.name = parts[0]
        # addq, subl: a suffix where there is no register to tell the width
        if self.name[:-1] in ARITHMETIC | COMPARISONS and self.name[-1] in "qlwb":
            self.name = self.name[:-1]
        self.text = text
        self.target = None
        self.returns = self.name == "ret"
        self.jumps_always = self.name == "jmp"
        self.operands = []
        if self.name in JUMPS or self.name == "jmp":
            self.target = int(parts[1], 16)
        elif len(parts) > 1 and self.name not in NOTHING:
            self.operands = operands(parts[1])


def value(o, secret):
    if o.memory is not None:
        return o.memory[0] in (KEY, OUT, SCRATCH)
    return o.register in secret


def check_memory(o, secret):
    if not o.memory or o.memory[0] not in (OUT, KEY, TAIL, SCRATCH, "rip"):
        raise Refused("memory that is neither out, key, tail, scratch nor a constant")
    if any(r in secret for r in o.memory):
        raise Refused("an address that depends on a secret")


def store(o, taint):
    if o.memory[0] not in (OUT, TAIL, SCRATCH):
        raise Refused("a store that is neither to out, tail nor scratch")
    if taint and o.memory[0] == TAIL:
        raise Refused("a secret stored in tail")


def step(i, secret):
    """The secret registers after i."""
    secret = set(secret)
    known = MOVES | SSE | ARITHMETIC | COMPARISONS | AVX | NOTHING | JUMPS | {"jmp", "ret", "vzeroall"}
    if i.name not in known:
        raise Refused("an instruction that is not known to be harmless")
    for o in i.operands:
        if o.memory is not None:
            check_memory(o, secret)
        if o.register == "rsp":
            raise Refused("the stack")
        if any(k in secret for k in o.mask):
            raise Refused("a mask that depends on a secret")
    if i.name in JUMPS and FLAGS in secret:
        raise Refused("a branch that depends on a secret")
    if i.name == "vzeroall":
        return secret - {f"v{n}" for n in range(16)}
    if not i.operands:
        return secret
    sources, to = i.operands[:-1], i.operands[-1]
    if i.name in COMPARISONS:
        taint = any(value(o, secret) for o in i.operands)
        return secret | {FLAGS} if taint else secret - {FLAGS}
    taint = any(value(o, secret) for o in sources)
    same = to.register and all(o.register == to.register for o in sources if not o.immediate)
    if i.name in ("xor", "pxor", "vpxor", "vpxord") and same:
        taint = False
    elif i.name in SSE | ARITHMETIC or (to.mask and not to.zeroes):
        taint |= value(to, secret)
    if i.name in ARITHMETIC:
        secret = secret | {FLAGS} if taint else secret - {FLAGS}
    if to.memory is not None:
        store(to, taint)
        return secret
    return secret | {to.register} if taint else secret - {to.register}


# Each is refused, or the program above sees nothing.
WRONG = {
    "an address": "mov (%rsi), %rax; mov (%rdx,%rax), %rcx; xor %eax, %eax; ret",
    "a branch": "mov (%rsi), %rax; test %rax, %rax; je 1f; 1: xor %eax, %eax; ret",
    "a branch on what was computed": "mov (%rsi), %r8; mov $1, %eax; add %r8, %rax; je 1f;"
                                     "1: xor %eax, %eax; xor %r8d, %r8d; ret",
    "a mask": "vmovdqu64 (%rsi), %zmm1; vpcmpltud %zmm1, %zmm0, %k1; vmovdqu64 %zmm0, (%rdi){%k1};"
              "vzeroall; ret",
    "a mask that is moved": "mov (%rsi), %eax; kmovw %eax, %k1; vpblendmq %zmm0, %zmm1, %zmm2{%k1};"
                            "xor %eax, %eax; vzeroall; ret",
    "a register left": "vmovdqu (%rsi), %ymm3; vmovdqu %ymm3, (%rdi); ret",
    "a high register left": "vmovdqu64 (%rsi), %zmm17; vmovdqu64 %zmm17, (%rdi); vzeroall; ret",
    "one way out without wiping": "movdqu (%rsi), %xmm1; movdqu %xmm1, (%rdi); dec %rcx; je 1f;"
                                  "pxor %xmm1, %xmm1; 1: ret",
    "a store beside out": "mov (%rsi), %r8; mov %r8, (%rdx); xor %r8d, %r8d; ret",
    "a spill": "mov (%rsi), %r8; mov %r8, -8(%rsp); xor %r8d, %r8d; ret",
    "a push": "push %rax; pop %rax; ret",
    "a table": "mov (%rdx), %rax; movdqu (%rsi), %xmm0; movq %xmm0, %r8; mov (%rdi,%r8,4), %eax; ret",
    "a line that is fetched": "mov (%rsi), %rax; prefetchw (%rdi,%rax); xor %eax, %eax; ret",
    "what was put down": "movdqu (%rsi), %xmm0; movdqu %xmm0, (%r8); pxor %xmm0, %xmm0;"
                         "mov (%r8), %eax; cmp %ecx, %eax; je 1f; 1: xor %eax, %eax; ret",
    "a division": "mov (%rsi), %rax; div %rcx; xor %eax, %eax; ret",
}
