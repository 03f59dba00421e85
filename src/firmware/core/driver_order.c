// SPDX-License-Identifier: MIT
#include "firmware/core/driver_order.h"
#include "firmware/core/access.h"
#include "firmware/core/dispatch.h"
#include "firmware/core/guid.h"
#include "firmware/core/handle.h"
#include "firmware/core/memory.h"
#include "firmware/core/state.h"

enum { MAX_GIVEN = 1 << 16 }; /* of a list that the image ends: there are no more handles */

struct order {
	struct firmware *fw;
	struct driver *list;
	unsigned n;
	efi_addr_t answer; /* 8 bytes that the image can write to */
};

bool driver_of(struct firmware *fw, efi_handle_t name, struct driver *ret_driver)
{
	struct handle *h = handle_find(fw, name);
	struct protocol *p = h ? handle_protocol(h, &guid_driver_binding) : NULL;

	if (!p)
		return false;
	ret_driver->interface = p->interface;
	return guest_get(fw, p->interface, &ret_driver->binding, sizeof(ret_driver->binding));
}

/* Behind the others, unless it is there already. */
static void add(struct order *o, efi_handle_t name)
{
	struct driver d;

	if (o->n == MAX_DRIVERS || !driver_of(o->fw, name, &d))
		return;
	for (unsigned i = 0; i < o->n; i++)
		if (o->list[i].interface == d.interface)
			return;
	o->list[o->n++] = d;
}

/* The drivers that an image has brought: those who override name images, not drivers. */
static void add_image(struct order *o, efi_handle_t image)
{
	struct handle *h = o->fw->handles.listed[LISTED_DRIVERS].first;
	struct driver d;

	for (unsigned i = 0; h && i < MAX_DRIVERS; h = h->listed[LISTED_DRIVERS].next, i++)
		if (driver_of(o->fw, h->name, &d) && d.binding.image == image)
			add(o, h->name);
}

static void add_given(struct order *o, efi_addr_t images)
{
	efi_handle_t name;

	for (unsigned i = 0; images && i < MAX_GIVEN && guest_get_u64(o->fw, images, &name) && name;
	     i++, images += 8)
		add(o, name);
}

/*
 * GetDriver() of a platform or bus override (11.3, 11.5): the next image, until it has no more. It
 * is told the one before, so who never ends is asked as often as there can be drivers.
 */
static void add_overrides(struct order *o, efi_addr_t interface, efi_handle_t controller)
{
	struct firmware *fw = o->fw;
	efi_handle_t image = 0;
	efi_addr_t get_driver;
	uint64_t arg[4] = { interface, controller ? controller : o->answer,
			    controller ? o->answer : 0 };

	if (!guest_get_u64(fw, interface, &get_driver) || !guest_put_u64(fw, o->answer, 0))
		return;
	for (unsigned i = 0; i < MAX_DRIVERS && !fw->ended; i++) {
		if (guest_call(fw, get_driver, arg, 0) != EFI_SUCCESS || fw->ended ||
		    !guest_get_u64(fw, o->answer, &image))
			return;
		add_image(o, image);
	}
}

static void add_platform(struct order *o, efi_handle_t controller)
{
	const struct handle *h = o->fw->handles.listed[LISTED_PLATFORM_OVERRIDES].first;

	if (h)
		add_overrides(o, handle_protocol(h, &guid_platform_driver_override)->interface,
			      controller);
}

static void add_bus(struct order *o, efi_handle_t controller)
{
	struct handle *h = handle_find(o->fw, controller);
	struct protocol *p = h ? handle_protocol(h, &guid_bus_driver_override) : NULL;

	if (p)
		add_overrides(o, p->interface, 0);
}

/* GetVersion() of a driver's family (11.4); false when it belongs to none. */
static bool family_version(struct order *o, efi_handle_t name, uint32_t *ret_version)
{
	struct handle *h = handle_find(o->fw, name);
	struct protocol *p = h ? handle_protocol(h, &guid_driver_family_override) : NULL;
	efi_addr_t get_version;

	if (!p || o->fw->ended || !guest_get_u64(o->fw, p->interface, &get_version))
		return false;
	*ret_version = (uint32_t)guest_call(o->fw, get_version, (uint64_t[4]){ p->interface }, 0);
	return true;
}

static bool own_version(struct order *o, efi_handle_t name, uint32_t *ret_version)
{
	struct driver d;

	if (!driver_of(o->fw, name, &d))
		return false;
	*ret_version = d.binding.version;
	return true;
}

/* Those that have a version of this kind, the highest one first. */
static void add_by_version(struct order *o, bool (*version_of)(struct order *o, efi_handle_t name,
							       uint32_t *ret_version))
{
	struct {
		efi_handle_t name;
		uint32_t version;
	} found[MAX_DRIVERS], swap;
	unsigned n_all = 0, n = 0;

	/* noted first: who is asked for a version may install and remove what it likes */
	for (struct handle *h = o->fw->handles.listed[LISTED_DRIVERS].first;
	     h && n_all < MAX_DRIVERS; h = h->listed[LISTED_DRIVERS].next)
		found[n_all++].name = h->name;
	for (unsigned i = 0; i < n_all; i++) {
		found[n].name = found[i].name;
		n += version_of(o, found[i].name, &found[n].version);
	}
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = i; k > 0 && found[k - 1].version < found[k].version; k--) {
			swap = found[k];
			found[k] = found[k - 1];
			found[k - 1] = swap;
		}
	for (unsigned i = 0; i < n; i++)
		add(o, found[i].name);
}

unsigned drivers_in_order(struct firmware *fw, efi_handle_t controller, efi_addr_t images,
			  struct driver list[static MAX_DRIVERS])
{
	struct order o = { .fw = fw, .list = list };

	if (pool_allocate(fw, EFI_BOOT_SERVICES_DATA, sizeof(efi_handle_t), &o.answer) !=
	    EFI_SUCCESS)
		return 0;
	add_given(&o, images);
	add_platform(&o, controller);
	add_by_version(&o, family_version);
	add_bus(&o, controller);
	add_by_version(&o, own_version);
	pool_free(fw, o.answer);
	return o.n;
}
