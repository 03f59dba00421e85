// SPDX-License-Identifier: MIT
/* ResetSystem: by the machine's firmware if it can be called, else by the machine itself. */
#include "guest/runtime.h"
#include "guest/x86_64/reset.h"

enum { RESET_SHUTDOWN = 2 }; /* EFI_RESET_TYPE */

enum { PCI_ADDRESS = 0xcf8, PCI_DATA = 0xcfc };

static void write_port(uint16_t port, const struct runtime_write *w)
{
	if (w->n_bytes == 1)
		out8(port, (uint8_t)((w->keep ? in8(port) & w->keep : 0) | w->value));
	else if (w->n_bytes == 2)
		out16(port, (uint16_t)((w->keep ? in16(port) & w->keep : 0) | w->value));
	else
		out32(port, (w->keep ? in32(port) & w->keep : 0) | w->value);
}

/* Device, function and offset in their 16 bits of the address each, all on bus 0. */
static void write_pci(const struct runtime_write *w)
{
	const uint32_t device = w->address >> 32 & 31, function = w->address >> 16 & 7;
	const uint32_t offset = w->address & 255;

	out32(PCI_ADDRESS,
	      UINT32_C(1) << 31 | device << 11 | function << 8 | (offset & ~UINT32_C(3)));
	write_port((uint16_t)(PCI_DATA + (offset & 3)), w);
}

static void write_register(struct runtime_data *d, const struct runtime_write *w)
{
	if (!w->n_bytes)
		return;
	if (w->space == RUNTIME_IO)
		write_port((uint16_t)w->address, w);
	else if (w->space == RUNTIME_PCI)
		write_pci(w);
	else if (w->space == RUNTIME_MEMORY && !runtime_write_memory(d, w))
		return;
	let_it_happen();
}

/* Returns only where nobody knows how the machine is switched off: a reset is not what was asked.
 */
efi_api efi_status_t runtime_reset_system(uint32_t type, efi_status_t status, uint64_t n_bytes,
					  const void *data)
{
	struct runtime_data *d = runtime_data();

	if (runtime_forwards(d))
		firmware_reset_system(type, status, n_bytes, data);
	if (type == RESET_SHUTDOWN) {
		write_register(d, &d->power.off[0]);
		write_register(d, &d->power.off[1]);
		return EFI_UNSUPPORTED;
	}
	__asm__ volatile("cli");
	write_register(d, &d->power.reset);
	reset_pc();
}
