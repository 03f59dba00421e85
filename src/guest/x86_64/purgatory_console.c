// SPDX-License-Identifier: MIT
/* An 8250 at an I/O port; it was the old kernel's console and is set up. */
#include "guest/purgatory.h"
#include "guest/x86_64/port.h"

enum { UART_LINE_STATUS = 5, UART_CAN_TAKE = 0x20, UART_IS_EMPTY = 0x40 };

/* A UART that is stuck must not hold up the reset; one that is not there reads as all ones. */
enum { PATIENCE = 100000 };

static uint16_t port(void)
{
	return (uint16_t)purgatory_params()->console;
}

static void uart_wait(uint8_t state)
{
	unsigned i;

	for (i = 0; i < PATIENCE && !(in8((uint16_t)(port() + UART_LINE_STATUS)) & state); i++)
		;
}

void purgatory_console_put(char c)
{
	uart_wait(UART_CAN_TAKE);
	out8(port(), (uint8_t)c);
}

void purgatory_console_drain(void)
{
	uart_wait(UART_IS_EMPTY);
}
