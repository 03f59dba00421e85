// SPDX-License-Identifier: MIT
/* One line on the early console, then a reset by whatever way this machine has. */
#include "guest/purgatory.h"
#include "seed/mix.h"

void purgatory_put(const char *text)
{
	const bool has_console = purgatory_params()->console;

	for (; has_console && *text; text++)
		purgatory_console_put(*text);
}

void purgatory_put_hex(uint64_t value)
{
	char text[19] = "0x";
	unsigned i, digits = 1;

	while (digits < 16 && value >> 4 * digits)
		digits++;
	for (i = 0; i < digits; i++)
		text[2 + i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 15];
	text[2 + digits] = 0;
	purgatory_put(text);
}

void purgatory_give_up(void)
{
	purgatory_put(", resetting\r\n");
	if (purgatory_params()->console)
		purgatory_console_drain();
	purgatory_reset();
}

void purgatory_show_seed(const struct purgatory_seed *seed)
{
	const uint8_t *byte = (const void *)seed->addr;
	char text[3] = "";
	uint64_t i;

	purgatory_put("\r\nbardo: seed ");
	purgatory_put_hex(seed_fingerprint(byte, seed->n_bytes));
	if (seed->flags & PURGATORY_SEED_SHOW_ALL)
		purgatory_put(" is ");
	for (i = 0; seed->flags & PURGATORY_SEED_SHOW_ALL && i < seed->n_bytes; i++) {
		text[0] = "0123456789abcdef"[byte[i] >> 4];
		text[1] = "0123456789abcdef"[byte[i] & 15];
		purgatory_put(text);
	}
	purgatory_put("\r\n");
}

void purgatory_show_copies(unsigned n_lists)
{
	purgatory_put("\r\nbardo: lists of copies found: ");
	purgatory_put_hex(n_lists);
	purgatory_put("\r\n");
}

void purgatory_damaged(unsigned segment)
{
	const struct purgatory_range *s = &purgatory_params()->segment[segment];

	purgatory_put("\r\nbardo: staged memory is damaged: segment at ");
	purgatory_put_hex(s->addr);
	purgatory_put(", ");
	purgatory_put_hex(s->n_bytes);
	purgatory_put(" bytes");
	purgatory_give_up();
}
