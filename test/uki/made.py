# SPDX-License-Identifier: MIT
"""Unified kernel images to test with: Debian's stubs, and test/payload/kernel.efi for a kernel."""
import os, struct, subprocess, zlib

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
BUILD = os.environ.get('BUILD', 'build')
BARDO = os.environ.get('BARDO', os.path.join(BUILD, 'bardo'))
PARTS = subprocess.check_output([TOP + '/test/vm/parts'], text=True).strip()


def stub_files():
    """{version: file} of what test/vm/parts has; sid's moves on."""
    files = {}
    for part in 'stub-252', 'stub-254', 'stub-257', 'stub-newest':
        with open(os.path.join(PARTS, part, 'release')) as f:
            version = int(f.read().split('.')[0].split('~')[0])
        files[version] = os.path.join(PARTS, part, 'linuxx64.efi.stub')
    return files


STUB_FILES = stub_files()
STUBS = sorted(STUB_FILES)
NEWEST = STUBS[-1]
PROFILES_SINCE, ADDONS_SINCE, INITRD_SINCE, ADDON_INITRD_SINCE = 257, 254, 261, 257


def headers(image):
    """Offsets in a PE32+ file: of the optional header, and of each section's header."""
    pe = struct.unpack_from('<I', image, 0x3c)[0]
    n, optional = struct.unpack_from('<H', image, pe + 6)[0], pe + 24
    first = optional + struct.unpack_from('<H', image, pe + 20)[0]
    return optional, [first + 40 * i for i in range(n)]


def sections(image):
    """(name, address, bytes in memory, bytes of the file) of each section."""
    for at in headers(image)[1]:
        name = image[at:at + 8].rstrip(b'\0').decode()
        size, rva, raw_bytes, raw = struct.unpack_from('<4I', image, at + 8)
        yield name, rva, size, bytes(image[raw:raw + min(size, raw_bytes)])


def kernel(path):
    """Like a kernel, as stub 262 wants to map one: no relocations, whole pages."""
    image = bytearray(open(path, 'rb').read())
    optional, table = headers(image)
    struct.pack_into('<II', image, optional + 112 + 5 * 8, 0, 0)
    for at in table:
        size, _, raw_bytes = struct.unpack_from('<3I', image, at + 8)
        struct.pack_into('<I', image, at + 8, -(-max(size, raw_bytes) // 4096) * 4096)
    return bytes(image)


def archive(**files):
    """A cpio archive (newc) of files."""
    out = b''
    for i, (name, data) in enumerate(list(files.items()) + [('TRAILER!!!', b'')]):
        head = '070701' + ''.join('%08x' % v for v in (
            i + 1, 0o100644 if name != 'TRAILER!!!' else 0, 0, 0, 1, 0, len(data), 0, 0, 0, 0,
            len(name) + 1, 0))
        for part in (head.encode() + name.encode() + b'\0', data):
            out += part + b'\0' * (-len(part) % 4)
    return out


class Maker:
    def __init__(self, work):
        self.work = work
        self.kernel = kernel(os.path.join(BUILD, 'test/payload/kernel.efi'))
        self.n = 0

    def path(self, name, data=None):
        path = os.path.join(self.work, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if data is not None:
            with open(path, 'wb') as f:
                f.write(data)
        return path

    def add(self, stub, name, rows):
        """rows: (section, bytes)"""
        out, args = self.path(name), []
        for section, data in rows:
            self.n += 1
            args.append('%s=%s' % (section, self.path('section/%d' % self.n, data)))
        subprocess.check_call([TOP + '/test/vm/uki', '--add', stub, out] + args)
        return out

    def uki(self, stub, name, more=(), profiles=True):
        rows = [('.osrel', b'ID=test\nPRETTY_NAME="A \\"test\\" system"\n'),
                ('.cmdline', b'base=1\n'), ('.uname', b'6.12-test'),
                ('.initrd', archive(base=b'in')), ('.linux', self.kernel)] + list(more)
        if profiles and stub >= PROFILES_SINCE:
            rows += [('.profile', b'ID=one\nTITLE=The usual one\n'),
                     ('.profile', b'ID=two\nTITLE="Another one"\n'), ('.cmdline', b'base=2')]
        return self.add(STUB_FILES[stub], name, rows)

    def addon(self, name, *rows):
        return self.add(PARTS + '/stub-257/addonx64.efi.stub', name, rows)


class Ran:
    """What bardo said: status, out, err; of a kernel its options and the files in its initrd."""

    def __init__(self, *args, verb='run', env=None):
        p = subprocess.run([BARDO, verb] + list(args), stdin=subprocess.DEVNULL, timeout=120,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           env=dict(os.environ, **(env or {})))
        self.status, self.out = p.returncode, p.stdout.decode(errors='replace')
        self.err = p.stderr.decode(errors='replace')
        lines = self.out.splitlines()
        self.options = ''.join(l[9:-1] for l in lines if l.startswith('options <'))
        self.files = [tuple(l.split()[1:]) for l in lines if l.startswith('file ')]

    def refused(self, *words):
        """One line that has these words, status 1, and the kernel did not get through."""
        return (self.status == 1 and self.err.startswith('bardo: ') and self.err.count('\n') == 1 and
                all(w in self.err for w in words) and 'time in image' not in self.out)


def as_file(name, data):
    """A file as test/payload/kernel.efi shows it."""
    return name, str(len(data)), '0x%x' % zlib.crc32(data)


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def check(self, ok, what, *why):
        self.n += 1
        print('%s %d - %s' % ('ok' if ok else 'not ok', self.n, what), flush=True)
        if not ok:
            self.bad += 1
            for text in why:
                for line in str(text).splitlines()[-30:]:
                    print('#   ' + line)
        return bool(ok)

    def done(self):
        print('1..%d' % self.n)
        return int(self.n == 0 or self.bad > 0)
