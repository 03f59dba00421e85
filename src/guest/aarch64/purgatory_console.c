// SPDX-License-Identifier: MIT
/* A PL011 (ARM DDI 0183, 3.3); it was the old kernel's console and is set up. */
#include "guest/purgatory.h"

enum { DATA = 0x00, FLAGS = 0x18, BUSY = 1 << 3, FULL = 1 << 5 };

/* A UART that is stuck must not hold up the reset. */
enum { PATIENCE = 1000000 };

static volatile uint32_t *uart(uint64_t offset)
{
	return (volatile uint32_t *)(purgatory_params()->console + offset);
}

static void uart_wait(uint32_t state)
{
	for (unsigned i = 0; i < PATIENCE && *uart(FLAGS) & state; i++)
		;
}

void purgatory_console_put(char c)
{
	uart_wait(FULL);
	*uart(DATA) = (uint8_t)c;
}

void purgatory_console_drain(void)
{
	uart_wait(BUSY);
}
