// SPDX-License-Identifier: MIT
/*
 * ACPI specification 6.5, chapter 20 (AML grammar); the opcodes below are named
 * as there. The device itself: Microsoft's "Virtual Machine Generation ID".
 */
#include "random/aml.h"

#include <errno.h>
#include <string.h>

enum {
	ZERO_OP = 0x00,
	ONE_OP = 0x01,
	NAME_OP = 0x08,
	BYTE_PREFIX = 0x0a,
	WORD_PREFIX = 0x0b,
	DWORD_PREFIX = 0x0c,
	STRING_PREFIX = 0x0d,
	QWORD_PREFIX = 0x0e,
	PACKAGE_OP = 0x12,
	METHOD_OP = 0x14,
	DUAL_NAME_PREFIX = 0x2e,
	MULTI_NAME_PREFIX = 0x2f,
	EXT_OP_PREFIX = 0x5b,
	ROOT_CHAR = 0x5c,
	PARENT_CHAR = 0x5e,
	LOCAL0_OP = 0x60,
	LOCAL7_OP = 0x67,
	STORE_OP = 0x70,
	ADD_OP = 0x72,
	INDEX_OP = 0x88,
	ONES_OP = 0xff,
	/* after EXT_OP_PREFIX */
	REGION_OP = 0x80,
	FIELD_OP = 0x81,
	DEVICE_OP = 0x82,
};

enum {
	NAME_BYTES = 4,
	SYSTEM_MEMORY = 0,
	FIELD_RESERVED = 0,
	FIELD_ACCESS = 1,
	FIELD_CONNECTION = 2,
	FIELD_EXTENDED_ACCESS = 3,
	DEPTH_MOST = 4
};

static const char counter_id[] = "VM_Gen_Counter";

/* A place in the table: every step checks that it stays inside. */
struct cursor {
	struct bytes b;
	uint64_t at;
};

static bool next_u8(struct cursor *c, uint8_t *ret)
{
	return bytes_u8(c->b, c->at, ret) && ++c->at;
}

static bool take(struct cursor *c, uint8_t wanted)
{
	uint8_t v;

	if (!bytes_u8(c->b, c->at, &v) || v != wanted)
		return false;
	c->at++;
	return true;
}

static bool matches(struct bytes b, uint64_t at, const void *text, size_t n)
{
	struct bytes part;

	return bytes_sub(b, at, n, &part) && memcmp(part.p, text, n) == 0;
}

/* Where text stands in b from *at on; *at moves there. */
static bool find(struct bytes b, const void *text, size_t n, uint64_t *at)
{
	for (; *at < b.n; ++*at) {
		if (matches(b, *at, text, n))
			return true;
	}
	return false;
}

/* 20.2.4: the length counts itself; ret_body is what follows up to its end. */
static bool package_length(struct cursor *c, struct bytes *ret_body)
{
	uint64_t start = c->at, length;
	uint8_t lead, more;
	unsigned i;

	if (!next_u8(c, &lead))
		return false;
	length = lead >> 6 ? lead & 0x0f : lead & 0x3f;
	for (i = 0; i < lead >> 6; i++) {
		if (!next_u8(c, &more))
			return false;
		length |= (uint64_t)more << (4 + 8 * i);
	}
	if (length < c->at - start)
		return false;
	return bytes_sub(c->b, c->at, length - (c->at - start), ret_body);
}

/* 20.2.3: integers */
static bool integer(struct cursor *c, uint64_t *ret)
{
	uint8_t op, v8;
	uint16_t v16;
	uint32_t v32;
	uint64_t at = c->at + 1;

	if (!bytes_u8(c->b, c->at, &op))
		return false;
	if (op == ZERO_OP || op == ONE_OP)
		*ret = op;
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

/* 20.2.2: a name with its path; the last segment is what we look for it by. */
static bool name_string(struct cursor *c, struct bytes *ret_segment)
{
	uint8_t v, n = 1;
	unsigned i;

	while (take(c, ROOT_CHAR) || take(c, PARENT_CHAR))
		;
	if (take(c, DUAL_NAME_PREFIX))
		n = 2;
	else if (take(c, MULTI_NAME_PREFIX) && (!next_u8(c, &n) || n == 0))
		return false;
	if (!bytes_sub(c->b, c->at + NAME_BYTES * (n - 1u), NAME_BYTES, ret_segment))
		return false;
	for (i = 0; i < NAME_BYTES; i++) {
		v = ret_segment->p[i];
		if (!name_char(v, i == 0))
			return false;
	}
	c->at += (uint64_t)NAME_BYTES * n;
	return true;
}

/* Name (X, integer), anywhere in the table */
static bool named_integer(struct bytes table, struct bytes name, uint64_t *ret)
{
	uint64_t at = 0;

	for (; find(table, name.p, NAME_BYTES, &at); at++) {
		struct cursor c = { table, at + NAME_BYTES };
		uint8_t op;

		if (at > 0 && bytes_u8(table, at - 1, &op) && op == NAME_OP && integer(&c, ret))
			return true;
	}
	return false;
}

/* OperationRegion (X, SystemMemory, offset, ...) */
static bool region_offset(struct bytes table, struct bytes name, uint64_t *ret)
{
	static const uint8_t op[] = { EXT_OP_PREFIX, REGION_OP };
	uint64_t at = 0;

	for (; find(table, op, sizeof(op), &at); at++) {
		struct cursor c = { table, at + sizeof(op) };
		struct bytes segment;

		if (name_string(&c, &segment) && memcmp(segment.p, name.p, NAME_BYTES) == 0 &&
		    take(&c, SYSTEM_MEMORY) && integer(&c, ret))
			return true;
	}
	return false;
}

/* One entry of a field list: its width in bits and, if it has one, its name. */
static bool field_entry(struct cursor *c, struct bytes *ret_name, uint64_t *ret_bits)
{
	struct cursor width;
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
	/* a width is coded like a package length but counts bits, not itself */
	width = *c;
	if (!next_u8(&width, &lead))
		return false;
	*ret_bits = lead >> 6 ? lead & 0x0f : lead & 0x3f;
	for (unsigned i = 0; i < lead >> 6; i++) {
		uint8_t more;

		if (!next_u8(&width, &more))
			return false;
		*ret_bits |= (uint64_t)more << (4 + 8 * i);
	}
	*c = width;
	return true;
}

/* Where in its region the list puts a field of 32 bits. */
static bool field_offset(struct bytes list, struct bytes name, uint64_t *ret_byte)
{
	struct cursor c = { list, 0 };
	struct bytes entry;
	uint64_t bit = 0, bits;

	while (c.at < list.n && field_entry(&c, &entry, &bits)) {
		if (entry.n && memcmp(entry.p, name.p, NAME_BYTES) == 0) {
			*ret_byte = bit / 8;
			return bit % 8 == 0 && bits == 32;
		}
		bit += bits;
	}
	return false;
}

/* A field in system memory: the number is read there when it is wanted. */
static bool field_address(struct bytes table, struct bytes name, uint64_t *ret)
{
	static const uint8_t op[] = { EXT_OP_PREFIX, FIELD_OP };
	uint64_t at = 0, base, offset;

	for (; find(table, op, sizeof(op), &at); at++) {
		struct cursor c = { table, at + sizeof(op) }, in;
		struct bytes body, region;
		uint8_t flags;

		if (!package_length(&c, &body))
			continue;
		in = (struct cursor){ body, 0 };
		if (name_string(&in, &region) && next_u8(&in, &flags) &&
		    bytes_sub(body, in.at, body.n - in.at, &body) &&
		    field_offset(body, name, &offset) && region_offset(table, region, &base) &&
		    base <= UINT64_MAX - offset) {
			*ret = base + offset;
			return true;
		}
	}
	return false;
}

static bool expression(struct bytes table, struct cursor *c, unsigned depth, struct aml_half *ret);

/* Add (a, b, target): the target is left out, or a local that nobody reads here */
static bool sum(struct bytes table, struct cursor *c, unsigned depth, struct aml_half *ret)
{
	struct aml_half a, b;
	uint8_t target;

	if (!expression(table, c, depth, &a) || !expression(table, c, depth, &b) ||
	    !next_u8(c, &target) || a.in_memory || b.in_memory)
		return false;
	if (target != ZERO_OP && !(target >= LOCAL0_OP && target <= LOCAL7_OP))
		return false;
	*ret = (struct aml_half){ a.value + b.value, false };
	return true;
}

static bool expression(struct bytes table, struct cursor *c, unsigned depth, struct aml_half *ret)
{
	struct bytes name;
	uint64_t v;

	if (depth > DEPTH_MOST)
		return false;
	if (integer(c, &v)) {
		*ret = (struct aml_half){ v, false };
		return true;
	}
	if (take(c, ADD_OP))
		return sum(table, c, depth + 1, ret);
	if (!name_string(c, &name))
		return false;
	if (named_integer(table, name, &v))
		*ret = (struct aml_half){ v, false };
	else if (field_address(table, name, &v))
		*ret = (struct aml_half){ v, true };
	else
		return false;
	return true;
}

/* Store (expression, Index (package, which)) */
static bool store(struct bytes table, struct cursor *c, struct aml_half *ret, uint64_t *ret_which)
{
	struct bytes name;
	uint8_t local;

	if (!take(c, STORE_OP) || !expression(table, c, 0, ret) || !take(c, INDEX_OP))
		return false;
	if (!name_string(c, &name) &&
	    (!next_u8(c, &local) || local < LOCAL0_OP || local > LOCAL7_OP))
		return false;
	return integer(c, ret_which) && take(c, ZERO_OP);
}

/* A method's statements are not followed: its stores are looked for. */
static bool address_method(struct bytes table, struct bytes body, struct aml_address *ret)
{
	struct aml_half half[2] = { 0 };
	bool low = false;
	uint64_t at, which;

	for (at = 0; at < body.n; at++) {
		struct cursor c = { body, at };
		struct aml_half value;

		if (!store(table, &c, &value, &which) || which > 1)
			continue;
		half[which] = value;
		low |= which == 0;
	}
	*ret = (struct aml_address){ half[0], half[1] };
	return low;
}

static bool address_package(struct bytes table, struct cursor *c, struct aml_address *ret)
{
	struct bytes body;
	struct cursor in;
	uint8_t n;

	if (!take(c, PACKAGE_OP) || !package_length(c, &body))
		return false;
	in = (struct cursor){ body, 0 };
	return next_u8(&in, &n) && n == 2 && expression(table, &in, 0, &ret->low) &&
	       expression(table, &in, 0, &ret->high);
}

/* Name (ADDR, Package () {..}) or Method (ADDR) {..} */
static bool device_address(struct bytes table, struct bytes device, struct aml_address *ret)
{
	uint64_t at = 0;

	for (; find(device, "ADDR", NAME_BYTES, &at); at++) {
		struct cursor c = { device, at + NAME_BYTES };
		uint64_t back;

		if (at > 0 && device.p[at - 1] == NAME_OP && address_package(table, &c, ret))
			return true;
		/* a method's length takes one to four bytes and stands before its name */
		for (back = 2; back <= 5 && back <= at; back++) {
			struct cursor m = { device, at - back };
			struct bytes body;

			if (take(&m, METHOD_OP) && package_length(&m, &body) &&
			    address_method(table, body, ret))
				return true;
		}
	}
	return false;
}

/*
 * Hypervisors give the id as a string, alone or first in a package of strings;
 * where it stands in the device does not matter, nor what _HID says.
 */
static bool names_counter(struct bytes device)
{
	uint64_t at = 0, id = 0;

	return find(device, "_CID", NAME_BYTES, &at) &&
	       find(device, counter_id, sizeof(counter_id), &id);
}

int aml_vmgenid(struct bytes table, struct aml_address *ret_address)
{
	static const uint8_t op[] = { EXT_OP_PREFIX, DEVICE_OP };
	struct aml_address found = { 0 };
	uint64_t at = 0, best = UINT64_MAX;
	bool seen = false;

	for (; find(table, op, sizeof(op), &at); at++) {
		struct cursor c = { table, at + sizeof(op) };
		struct bytes device;

		if (!package_length(&c, &device) || !names_counter(device))
			continue;
		seen = true;
		/* a bus holds the devices on it: the innermost with an ADDR is the one */
		if (device.n < best && device_address(table, device, &found)) {
			best = device.n;
			*ret_address = found;
		}
	}
	return best != UINT64_MAX ? 0 : seen ? -ENOEXEC : -ENOENT;
}
