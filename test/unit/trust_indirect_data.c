// SPDX-License-Identifier: MIT
/* The digest in a signature is read from one encoding and no other. */
#include "tap.h"
#include "trust/indirect_data.h"

#include <string.h>

/* Where things lie in what build() makes. */
enum {
	OUTER = 0,
	OBJECT = 6, /* its first number */
	INFO = 19,  /* DigestInfo */
	ALGORITHM = 21,
	ARC = 33, /* the last number of the algorithm */
	PARAMETERS = 34,
	OCTETS = 36,
	BYTES = 70,
};

struct content {
	uint8_t p[160];
	size_t n;
};

/* SHA-256 of an image; the description of the file is as short as it can be. */
static struct content build(void)
{
	static const uint8_t head[] = { 0x30, 68,   0x30, 15,	0x06, 10,   0x2b, 0x06, 0x01, 0x04,
					0x01, 0x82, 0x37, 0x02, 0x01, 0x0f, 0x03, 0x01, 0x00, 0x30,
					49,   0x30, 13,	  0x06, 9,    0x60, 0x86, 0x48, 0x01, 0x65,
					0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 32 };
	struct content c = { .n = BYTES };

	memcpy(c.p, head, sizeof(head));
	memset(c.p + sizeof(head), 0x5a, 32);
	return c;
}

static bool reads(const struct content *c, struct indirect_data *ret)
{
	const char *problem = "";
	struct bytes covered;
	const bool ok = indirect_data_read((struct bytes){ c->p, c->n }, ret, &covered, &problem);

	if (ok != !problem)
		tap_require(false, __FILE__, __LINE__, "a reason goes with each failure");
	if (ok && (covered.p != c->p + 2 || covered.n != c->n - 2))
		tap_require(false, __FILE__, __LINE__, "the content is covered, without its head");
	return ok;
}

/* Byte at changed to this value. */
static bool reads_with(size_t at, uint8_t value)
{
	struct content c = build();
	struct indirect_data d;

	c.p[at] = value;
	return reads(&c, &d);
}

static void test_algorithms(void)
{
	struct content c = build();
	struct indirect_data d;

	check(reads(&c, &d) && d.bank == BANK_SHA256 && d.digest.n == 32 &&
	      d.digest.p == c.p + OCTETS + 2);
	/* 0: not an algorithm; 4: SHA-224, too short; SHA-384 has other lengths */
	for (uint8_t arc = 0; arc < 12; arc++)
		check(reads_with(ARC, arc) == (arc == 1));
	/* 20 bytes with a number below SHA-256's are no SHA-1 */
	c.p[1] -= 12;
	c.p[INFO + 1] -= 12;
	c.p[OCTETS + 1] -= 12;
	c.p[ARC] = 0;
	c.n -= 12;
	check(!reads(&c, &d));
	c.p[ARC] = 1;
	check(!reads(&c, &d));
	check(!reads_with(OBJECT + 9, 0x10));
}

/* Anything in front, behind and between that is not there. */
static void test_encoding(void)
{
	static const size_t heads[] = { OUTER, 2, 4, INFO, ALGORITHM, 23, PARAMETERS, OCTETS };
	struct content c = build();
	struct indirect_data d;

	for (unsigned i = 0; i < ARRAY_SIZE(heads); i++) {
		const uint8_t n = c.p[heads[i] + 1];

		check(!reads_with(heads[i], (uint8_t)(c.p[heads[i]] ^ 0x80)));
		check(!reads_with(heads[i] + 1, (uint8_t)(n + 1)));
		check(n == 0 || !reads_with(heads[i] + 1, (uint8_t)(n - 1)));
		check(!reads_with(heads[i] + 1, 0x80));
		check(!reads_with(heads[i] + 1, 0x84));
		check(!reads_with(heads[i] + 1, 0xff));
	}
	/* a length in two bytes where one would do */
	memmove(c.p + 3, c.p + 2, c.n - 2);
	c.p[1] = 0x81;
	c.p[2] = 68;
	c.n++;
	check(!reads(&c, &d));
	/* and one byte behind it all */
	c = build();
	c.n++;
	check(!reads(&c, &d));
	for (size_t n = 0; n < BYTES; n++) {
		c.n = n;
		check(!reads(&c, &d));
	}
}

/* Without the NULL behind the algorithm, which may be left out. */
static void test_no_parameters(void)
{
	struct content c = build();
	struct indirect_data d;

	memmove(c.p + PARAMETERS, c.p + PARAMETERS + 2, c.n - PARAMETERS - 2);
	c.n -= 2;
	c.p[1] -= 2;
	c.p[INFO + 1] -= 2;
	c.p[ALGORITHM + 1] -= 2;
	check(reads(&c, &d) && d.bank == BANK_SHA256);
}

int main(void)
{
	test_algorithms();
	test_encoding();
	test_no_parameters();
	return tap_done();
}
