// SPDX-License-Identifier: MIT
/* The device itself: Microsoft's "Virtual Machine Generation ID". */
#include "random/aml.h"

#include <errno.h>
#include <string.h>

#include "random/aml_terms.h"

enum { LOOKED_AT_MOST = 64 << 20 };

/* ------------------------------------------------------------------- its name */

/*
 * What Linux's driver takes. ACPI's core hands it identifiers in capitals, and without the
 * asterisk that some begin with.
 */
static bool names_us(struct bytes text)
{
	static const char *const ids[] = { "VM_GEN_COUNTER", "VMGENCTR" };
	size_t i;

	if (text.n && text.p[0] == '*')
		text = (struct bytes){ text.p + 1, text.n - 1 };
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		if (text.n == strlen(ids[i]) &&
		    strncasecmp((const char *)text.p, ids[i], text.n) == 0)
			return true;
	}
	return false;
}

/* Any string in there: elements of a package, what a method returns. */
static bool string_names_us(struct aml_context *x, struct bytes in)
{
	static const uint8_t prefix = STRING_PREFIX;
	uint64_t at = 0;

	for (; aml_find(x, in, &prefix, 1, &at); at++) {
		struct aml_cursor c = { in, at };
		struct bytes text;

		if (aml_string(&c, &text) && names_us(text))
			return true;
	}
	return false;
}

/*
 * The method whose name stands at `at`: its length takes one to four bytes and stands
 * before it.
 */
static bool method_body(struct bytes b, uint64_t at, struct bytes *ret_body)
{
	uint64_t back;

	for (back = 2; back <= 5 && back <= at; back++) {
		struct aml_cursor c = { b, at - back };

		if (aml_take(&c, METHOD_OP) && aml_length(&c, ret_body) && ret_body->p == b.p + at)
			return true;
	}
	return false;
}

/* Name (_CID, "..."), Name (_CID, Package () {"..", ..}), Method (_CID) {..}; or _HID */
static bool identifies_us(struct aml_context *x, struct bytes device, const char *name)
{
	uint64_t at = 0, n;

	for (; aml_find(x, device, name, NAME_BYTES, &at); at++) {
		struct aml_cursor c = { device, at + NAME_BYTES };
		struct bytes in;

		if (at > 0 && device.p[at - 1] == NAME_OP) {
			if (aml_string(&c, &in)
				    ? names_us(in)
				    : aml_package(&c, &n, &in) && string_names_us(x, in))
				return true;
		} else if (method_body(device, at, &in) && string_names_us(x, in)) {
			return true;
		}
	}
	return false;
}

/* ----------------------------------------------------------------- its address */

struct halves {
	struct aml_half half[2];
	bool has[2];
};

/* A package of two; what is not given yet may be stored there. */
static bool take_package(struct aml_context *x, struct aml_cursor *c, struct halves *ret)
{
	struct halves found = { 0 };
	struct aml_cursor in = { 0 };
	uint64_t n, i;

	if (!aml_package(c, &n, &in.b) || n != ARRAY_SIZE(found.half))
		return false;
	for (i = 0; i < n && in.at < in.b.n; i++) {
		found.has[i] = aml_number(x, &in, &found.half[i]);
		if (!found.has[i])
			return false;
	}
	*ret = found;
	return true;
}

/* Name (X, Package () {..}), anywhere in the table */
static bool named_package(struct aml_context *x, struct bytes name, struct halves *ret)
{
	uint64_t at = 0;

	for (; aml_find(x, x->table, name.p, NAME_BYTES, &at); at++) {
		struct aml_cursor c = { x->table, at + NAME_BYTES };

		if (at > 0 && x->table.p[at - 1] == NAME_OP && take_package(x, &c, ret))
			return true;
	}
	return false;
}

/* What a method begins with: Return (package), Return (name), Store (package, ..), Name (X,
 * package) */
static bool whole(struct aml_context *x, struct aml_cursor *c, struct halves *ret)
{
	struct aml_cursor in = *c;
	struct bytes name;

	if (aml_take(&in, STORE_OP) || (aml_take(&in, NAME_OP) && aml_name(&in, &name)))
		return take_package(x, &in, ret);
	in = *c;
	if (!aml_take(&in, RETURN_OP))
		return false;
	return take_package(x, &in, ret) || (aml_name(&in, &name) && named_package(x, name, ret));
}

/* Store (number, Index (package, which)), or an operation with that target */
static bool element(struct aml_context *x, struct aml_cursor *c, struct halves *ret)
{
	struct aml_half value, which;
	struct bytes name;
	uint8_t op;

	if (!aml_assigned(x, c, &value) || !aml_take(c, INDEX_OP))
		return false;
	if (!aml_name(c, &name) && (!aml_u8(c, &op) || !aml_is_local(op)))
		return false;
	if (!aml_number(x, c, &which) || which.memory_bytes || which.value > 1 || !aml_take(c, 0))
		return false;
	ret->half[which.value] = value;
	ret->has[which.value] = true;
	return true;
}

/* A method's statements are not followed: they are looked for. */
static bool address_method(struct aml_context *x, struct halves *ret)
{
	struct halves base = { 0 }, stored = { 0 };
	uint64_t at;
	unsigned i;

	for (at = 0; at < x->body.n; at++) {
		struct aml_cursor c = { x->body, at };

		if (whole(x, &c, &base))
			continue;
		c.at = at;
		element(x, &c, &stored);
	}
	for (i = 0; i < ARRAY_SIZE(stored.half); i++) {
		ret->half[i] = stored.has[i] ? stored.half[i] : base.half[i];
		ret->has[i] = stored.has[i] || base.has[i];
	}
	return ret->has[0];
}

/* Name (ADDR, Package () {..}) or Method (ADDR) {..} */
static bool device_address(struct aml_context *x, struct bytes device, struct aml_address *ret)
{
	struct halves found = { 0 };
	uint64_t at = 0;
	bool ok = false;

	for (; !ok && aml_find(x, device, "ADDR", NAME_BYTES, &at); at++) {
		struct aml_cursor c = { device, at + NAME_BYTES };

		if (at > 0 && device.p[at - 1] == NAME_OP)
			ok = take_package(x, &c, &found) && found.has[0] && found.has[1];
		else if (method_body(device, at, &x->body))
			ok = address_method(x, &found);
	}
	if (ok)
		*ret = (struct aml_address){ found.half[0], found.half[1] };
	return ok;
}

int aml_vmgenid(struct bytes table, struct aml_address *ret_address)
{
	static const uint8_t op[] = { EXT_OP_PREFIX, DEVICE_OP };
	struct aml_context x = { .table = table, .left = LOOKED_AT_MOST };
	struct aml_address found = { 0 };
	uint64_t at = 0, best = UINT64_MAX;
	bool seen = false;

	for (; aml_find(&x, table, op, sizeof(op), &at); at++) {
		struct aml_cursor c = { table, at + sizeof(op) };
		struct bytes device;

		if (!aml_length(&c, &device) ||
		    (!identifies_us(&x, device, "_CID") && !identifies_us(&x, device, "_HID")))
			continue;
		seen = true;
		/* a bus holds the devices on it: the innermost with an ADDR is the one */
		if (device.n < best && device_address(&x, device, &found)) {
			best = device.n;
			*ret_address = found;
		}
	}
	return best != UINT64_MAX ? 0 : seen ? -ENOEXEC : -ENOENT;
}
