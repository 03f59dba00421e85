// SPDX-License-Identifier: MIT
#include "random/aml_terms.h"

#include <string.h>

enum {
	ZERO_OP = 0x00,
	ONE_OP = 0x01,
	BYTE_PREFIX = 0x0a,
	WORD_PREFIX = 0x0b,
	DWORD_PREFIX = 0x0c,
	QWORD_PREFIX = 0x0e,
	PACKAGE_OP = 0x12,
	VAR_PACKAGE_OP = 0x13,
	LOCAL0_OP = 0x60,
	LOCAL7_OP = 0x67,
	DUAL_NAME_PREFIX = 0x2e,
	MULTI_NAME_PREFIX = 0x2f,
	ROOT_CHAR = 0x5c,
	PARENT_CHAR = 0x5e,
	ADD_OP = 0x72,
	SUBTRACT_OP = 0x74,
	SHIFT_LEFT_OP = 0x79,
	SHIFT_RIGHT_OP = 0x7a,
	AND_OP = 0x7b,
	OR_OP = 0x7d,
	ONES_OP = 0xff,
	/* after EXT_OP_PREFIX */
	REGION_OP = 0x80,
	FIELD_OP = 0x81,
};

enum {
	SYSTEM_MEMORY = 0,
	FIELD_RESERVED = 0,
	FIELD_ACCESS = 1,
	FIELD_CONNECTION = 2,
	FIELD_EXTENDED_ACCESS = 3,
	DEPTH_MOST = 6
};

/* ------------------------------------------------------------------- grammar */

bool aml_u8(struct aml_cursor *c, uint8_t *ret)
{
	return bytes_u8(c->b, c->at, ret) && ++c->at;
}

bool aml_take(struct aml_cursor *c, uint8_t wanted)
{
	uint8_t v;

	if (!bytes_u8(c->b, c->at, &v) || v != wanted)
		return false;
	c->at++;
	return true;
}

bool aml_find(struct aml_context *x, struct bytes b, const void *text, size_t n, uint64_t *at)
{
	const uint8_t *p = *at < b.n ? memmem(b.p + *at, b.n - *at, text, n) : NULL;
	const uint64_t looked = (p ? (uint64_t)(p - b.p) : b.n) - min_u64(*at, b.n) + n;

	x->left -= min_u64(x->left, looked);
	if (!p || x->left == 0)
		return false;
	*at = (uint64_t)(p - b.p);
	return true;
}

/* One to four bytes that say how many they are. */
static bool coded_length(struct aml_cursor *c, uint64_t *ret)
{
	struct aml_cursor in = *c;
	uint8_t lead, more;
	uint64_t v;
	unsigned i;

	if (!aml_u8(&in, &lead))
		return false;
	v = lead >> 6 ? lead & 0x0f : lead & 0x3f;
	for (i = 0; i < lead >> 6; i++) {
		if (!aml_u8(&in, &more))
			return false;
		v |= (uint64_t)more << (4 + 8 * i);
	}
	*ret = v;
	*c = in;
	return true;
}

bool aml_length(struct aml_cursor *c, struct bytes *ret_body)
{
	const uint64_t start = c->at;
	struct aml_cursor in = *c;
	uint64_t length;

	if (!coded_length(&in, &length) || length < in.at - start ||
	    !bytes_sub(in.b, in.at, length - (in.at - start), ret_body))
		return false;
	*c = in;
	return true;
}

static bool integer(struct aml_cursor *c, uint64_t *ret)
{
	uint8_t op, v8;
	uint16_t v16;
	uint32_t v32;
	uint64_t at = c->at + 1;

	if (!bytes_u8(c->b, c->at, &op))
		return false;
	if (op == ZERO_OP || op == ONE_OP)
		*ret = op;
	else if (op == ONES_OP)
		*ret = UINT64_MAX;
	else if (op == BYTE_PREFIX && bytes_u8(c->b, at, &v8))
		*ret = v8, at += 1;
	else if (op == WORD_PREFIX && bytes_le16(c->b, at, &v16))
		*ret = v16, at += 2;
	else if (op == DWORD_PREFIX && bytes_le32(c->b, at, &v32))
		*ret = v32, at += 4;
	else if (op == QWORD_PREFIX && bytes_le64(c->b, at, ret))
		at += 8;
	else
		return false;
	c->at = at;
	return true;
}

static bool name_char(uint8_t v, bool first)
{
	return (v >= 'A' && v <= 'Z') || v == '_' || (!first && v >= '0' && v <= '9');
}

bool aml_name(struct aml_cursor *c, struct bytes *ret_segment)
{
	struct aml_cursor in = *c;
	struct bytes segment;
	uint8_t n = 1;
	unsigned i;

	while (aml_take(&in, ROOT_CHAR) || aml_take(&in, PARENT_CHAR))
		;
	if (aml_take(&in, DUAL_NAME_PREFIX))
		n = 2;
	else if (aml_take(&in, MULTI_NAME_PREFIX) && (!aml_u8(&in, &n) || n == 0))
		return false;
	if (!bytes_sub(in.b, in.at + NAME_BYTES * (n - 1u), NAME_BYTES, &segment))
		return false;
	for (i = 0; i < NAME_BYTES; i++) {
		if (!name_char(segment.p[i], i == 0))
			return false;
	}
	in.at += (uint64_t)NAME_BYTES * n;
	*ret_segment = segment;
	*c = in;
	return true;
}

bool aml_string(struct aml_cursor *c, struct bytes *ret_text)
{
	struct aml_cursor in = *c;
	const uint8_t *end;

	if (!aml_take(&in, STRING_PREFIX) || in.at >= in.b.n)
		return false;
	end = memchr(in.b.p + in.at, 0, in.b.n - in.at);
	if (!end)
		return false;
	*ret_text = (struct bytes){ in.b.p + in.at, (size_t)(end - in.b.p) - in.at };
	c->at = (uint64_t)(end - in.b.p) + 1;
	return true;
}

bool aml_package(struct aml_cursor *c, uint64_t *ret_n, struct bytes *ret_elements)
{
	struct aml_cursor outer = *c, in;
	const bool variable = aml_take(&outer, VAR_PACKAGE_OP);
	struct bytes body;
	uint64_t n;
	uint8_t n8;

	if ((!variable && !aml_take(&outer, PACKAGE_OP)) || !aml_length(&outer, &body))
		return false;
	in = (struct aml_cursor){ body, 0 };
	if (variable ? !integer(&in, &n) : !aml_u8(&in, &n8))
		return false;
	if (!bytes_sub(body, in.at, body.n - in.at, ret_elements))
		return false;
	*ret_n = variable ? n : n8;
	*c = outer;
	return true;
}

/* --------------------------------------------------------------------- names */

/* Name (X, integer), anywhere in the table */
static bool named_integer(struct aml_context *x, struct bytes name, uint64_t *ret)
{
	uint64_t at = 0;

	for (; aml_find(x, x->table, name.p, NAME_BYTES, &at); at++) {
		struct aml_cursor c = { x->table, at + NAME_BYTES };

		if (at > 0 && x->table.p[at - 1] == NAME_OP && integer(&c, ret))
			return true;
	}
	return false;
}

/* OperationRegion (X, SystemMemory, offset, ...) */
static bool region_offset(struct aml_context *x, struct bytes name, uint64_t *ret)
{
	static const uint8_t op[] = { EXT_OP_PREFIX, REGION_OP };
	uint64_t at = 0;

	for (; aml_find(x, x->table, op, sizeof(op), &at); at++) {
		struct aml_cursor c = { x->table, at + sizeof(op) };
		struct bytes segment, other;

		if (!aml_name(&c, &segment) || memcmp(segment.p, name.p, NAME_BYTES) != 0 ||
		    !aml_take(&c, SYSTEM_MEMORY))
			continue;
		if (integer(&c, ret) || (aml_name(&c, &other) && named_integer(x, other, ret)))
			return true;
	}
	return false;
}

/* One entry of a field list: its width in bits and, if it has one, its name. */
static bool field_entry(struct aml_cursor *c, struct bytes *ret_name, uint64_t *ret_bits)
{
	uint8_t lead;
	bool named;

	*ret_name = (struct bytes){ 0 };
	*ret_bits = 0;
	if (!bytes_u8(c->b, c->at, &lead))
		return false;
	if (lead == FIELD_ACCESS || lead == FIELD_EXTENDED_ACCESS) {
		c->at += lead == FIELD_ACCESS ? 3 : 4;
		return true;
	}
	named = lead != FIELD_RESERVED;
	if (lead == FIELD_CONNECTION || (named && !bytes_sub(c->b, c->at, NAME_BYTES, ret_name)))
		return false;
	c->at += named ? NAME_BYTES : 1;
	/* a width is coded like a package's length, and does not count itself */
	return coded_length(c, ret_bits);
}

/* Where in its region the list puts a field of whole bytes that a load can have. */
static bool field_offset(struct bytes list, struct bytes name, uint64_t *ret_byte,
			 uint64_t *ret_bytes)
{
	struct aml_cursor c = { list, 0 };
	struct bytes entry;
	uint64_t bit = 0, bits;

	while (c.at < list.n && field_entry(&c, &entry, &bits)) {
		if (entry.n && memcmp(entry.p, name.p, NAME_BYTES) == 0) {
			*ret_byte = bit / 8;
			*ret_bytes = bits / 8;
			return bit % 8 == 0 &&
			       (bits == 8 || bits == 16 || bits == 32 || bits == 64);
		}
		bit += bits;
	}
	return false;
}

/* A field in system memory: the number is read there when it is wanted. */
static bool field(struct aml_context *x, struct bytes name, struct aml_half *ret)
{
	static const uint8_t op[] = { EXT_OP_PREFIX, FIELD_OP };
	uint64_t at = 0, base, offset, n_bytes;

	for (; aml_find(x, x->table, op, sizeof(op), &at); at++) {
		struct aml_cursor c = { x->table, at + sizeof(op) }, in;
		struct bytes body, region;
		uint8_t flags;

		if (!aml_length(&c, &body))
			continue;
		in = (struct aml_cursor){ body, 0 };
		if (aml_name(&in, &region) && aml_u8(&in, &flags) &&
		    bytes_sub(body, in.at, body.n - in.at, &body) &&
		    field_offset(body, name, &offset, &n_bytes) &&
		    region_offset(x, region, &base) && base <= UINT64_MAX - offset) {
			*ret = (struct aml_half){ base + offset, (unsigned)n_bytes };
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------- numbers */

static bool number(struct aml_context *x, struct aml_cursor *c, unsigned depth,
		   struct aml_half *ret);

static bool compute(uint8_t op, uint64_t a, uint64_t b, uint64_t *ret)
{
	switch (op) {
	case ADD_OP:
		*ret = a + b;
		return true;
	case SUBTRACT_OP:
		*ret = a - b;
		return true;
	case SHIFT_LEFT_OP:
		*ret = b < 64 ? a << b : 0;
		return true;
	case SHIFT_RIGHT_OP:
		*ret = b < 64 ? a >> b : 0;
		return true;
	case AND_OP:
		*ret = a & b;
		return true;
	case OR_OP:
		*ret = a | b;
		return true;
	default:
		return false;
	}
}

bool aml_is_local(uint8_t op)
{
	return op >= LOCAL0_OP && op <= LOCAL7_OP;
}

/* Op (a, b, target): what is stored; the target comes next. */
static bool operation(struct aml_context *x, struct aml_cursor *c, unsigned depth,
		      struct aml_half *ret)
{
	struct aml_half a, b;
	uint64_t v;
	uint8_t op;

	if (!aml_u8(c, &op) || !compute(op, 0, 0, &v) || !number(x, c, depth + 1, &a) ||
	    !number(x, c, depth + 1, &b) || a.memory_bytes || b.memory_bytes)
		return false;
	compute(op, a.value, b.value, &v);
	*ret = (struct aml_half){ v, 0 };
	return true;
}

static bool assigned(struct aml_context *x, struct aml_cursor *c, unsigned depth,
		     struct aml_half *ret)
{
	struct aml_cursor in = *c;
	const bool ok = aml_take(&in, STORE_OP) ? number(x, &in, depth + 1, ret)
						: operation(x, &in, depth, ret);

	if (ok)
		*c = in;
	return ok;
}

/* What the method puts there first. */
static bool local(struct aml_context *x, uint8_t which, unsigned depth, struct aml_half *ret)
{
	uint64_t at;

	for (at = 0; at < x->body.n && x->left; at++, x->left--) {
		struct aml_cursor c = { x->body, at };

		if (assigned(x, &c, depth, ret) && aml_take(&c, which))
			return true;
	}
	return false;
}

static bool number(struct aml_context *x, struct aml_cursor *c, unsigned depth,
		   struct aml_half *ret)
{
	struct aml_cursor in = *c;
	struct bytes name;
	uint8_t op;
	uint64_t v;

	if (depth > DEPTH_MOST || x->left == 0)
		return false;
	x->left--;
	if (integer(c, &v)) {
		*ret = (struct aml_half){ v, 0 };
		return true;
	}
	if (aml_name(c, &name)) {
		if (!named_integer(x, name, &v))
			return field(x, name, ret);
		*ret = (struct aml_half){ v, 0 };
		return true;
	}
	if (bytes_u8(c->b, c->at, &op) && aml_is_local(op))
		return ++c->at && local(x, op, depth + 1, ret);
	/* within a term the target is left out, or a local */
	if (!operation(x, &in, depth, ret) || !aml_u8(&in, &op) ||
	    (op != ZERO_OP && !aml_is_local(op)))
		return false;
	*c = in;
	return true;
}

bool aml_assigned(struct aml_context *x, struct aml_cursor *c, struct aml_half *ret)
{
	return assigned(x, c, 0, ret);
}

bool aml_number(struct aml_context *x, struct aml_cursor *c, struct aml_half *ret)
{
	return number(x, c, 0, ret);
}
