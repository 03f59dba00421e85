// SPDX-License-Identifier: MIT
/*
 * What image.c loads: built once as an application, once as a boot service
 * driver. Its load options are a struct order from the parent.
 */
#include "image_order.h"

static struct order *order;

static efi_status_t EFIAPI unload(handle_t image)
{
	order->n_unloaded++;
	return order->refuse_unload ? EFI_ACCESS_DENIED : EFI_SUCCESS;
}

static __attribute__((noinline)) void exit_from(unsigned depth)
{
	static const char16 reason[] = u"deep reason";
	char16 *data = NULL;

	if (depth > 0) {
		exit_from(depth - 1);
		order->came_back++;
		return;
	}
	bs->allocate_pool(EFI_BOOT_SERVICES_DATA, sizeof(reason), (void **)&data);
	memcpy(data, reason, sizeof(reason));
	bs->exit(self, order->answer, sizeof(reason), data);
	order->came_back++;
}

/* A child of the child, which leaves by Exit(). */
static efi_status_t nest(void)
{
	struct order inner = { .what = ORDER_EXIT, .answer = EFI_TIMEOUT };
	struct loaded_image *image;
	efi_status_t status;
	char16 *data = NULL;
	uint64_t n = 0;
	handle_t h;

	status = bs->load_image(false, self, NULL, order->file, order->n_file, &h);
	if (status != EFI_SUCCESS)
		return status;
	bs->handle_protocol(h, &loaded_image_guid, &image);
	image->load_options = &inner;
	image->load_options_bytes = sizeof(inner);
	order->inner_parent = image->parent;
	status = bs->start_image(h, &n, &data);
	if (data)
		bs->free_pool(data);
	return status == EFI_TIMEOUT && inner.came_back == 0 ? order->answer : EFI_ABORTED;
}

efi_status_t payload(void)
{
	struct loaded_image *image = own_image();

	order = image->load_options;
	order->self = self;
	order->n_started++;
	switch (order->what) {
	case ORDER_RETURN:
		break;
	case ORDER_EXIT:
		exit_from(3);
		break;
	case ORDER_NEST:
		return nest();
	case ORDER_HANDLER:
		image->unload = unload;
		break;
	case ORDER_EXIT_PARENT:
		order->status = bs->exit(image->parent, EFI_SUCCESS, 0, NULL);
		break;
	case ORDER_UNLOAD_PARENT:
		order->status = bs->unload_image(image->parent);
		break;
	case ORDER_INSTALL:
		bs->install_protocol(&order->made, order->file, 0, NULL);
		break;
	}
	return order->answer;
}
