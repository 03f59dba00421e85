// SPDX-License-Identifier: MIT
/* 12.8 Serial I/O: what is typed is "key\\x1b[A", and what is written run.c looks at. */
#include "lib.h"

static struct serial_io *serial;

static void test_mode(void)
{
	uint32_t bits = 0;

	check(serial->mode->baud == 115200 && serial->mode->data_bits == 8 &&
	      serial->mode->parity == 1 && serial->mode->stop_bits == 1 &&
	      serial->mode->timeout_us == 1000000);
	succeeds(serial->set_attributes(serial, 9600, 16, 50000, 2, 7, 3));
	check(serial->mode->baud == 9600 && serial->mode->fifo == 16 &&
	      serial->mode->timeout_us == 50000 && serial->mode->parity == 2 &&
	      serial->mode->data_bits == 7 && serial->mode->stop_bits == 3);
	is(serial->set_attributes(serial, 0, 0, 0, 6, 0, 0), EFI_INVALID_PARAMETER);
	is(serial->set_attributes(serial, 0, 0, 0, 0, 4, 0), EFI_INVALID_PARAMETER);
	is(serial->set_attributes(serial, 0, 0, 0, 0, 9, 0), EFI_INVALID_PARAMETER);
	is(serial->set_attributes(serial, 0, 0, 0, 0, 0, 4), EFI_INVALID_PARAMETER);
	check_text(serial->mode->baud == 9600, "what is wrong changes nothing");
	succeeds(serial->set_attributes(serial, 0, 0, 0, 0, 0, 0));
	check_text(serial->mode->baud == 115200 && serial->mode->data_bits == 8 &&
			   serial->mode->parity == 1 && serial->mode->stop_bits == 1,
		   "0 is the default");
	succeeds(serial->set_control(serial, SERIAL_DATA_TERMINAL_READY));
	succeeds(serial->get_control(serial, &bits));
	check(bits & SERIAL_DATA_TERMINAL_READY && bits & SERIAL_CLEAR_TO_SEND &&
	      bits & SERIAL_OUTPUT_BUFFER_EMPTY && !(bits & SERIAL_INPUT_BUFFER_EMPTY));
	succeeds(serial->set_control(serial, 0));
	succeeds(serial->get_control(serial, &bits));
	check(!(bits & SERIAL_DATA_TERMINAL_READY));
	is(serial->set_control(serial, SERIAL_SOFTWARE_LOOPBACK), EFI_UNSUPPORTED);
	is(serial->set_control(serial, SERIAL_OUTPUT_BUFFER_EMPTY), EFI_UNSUPPORTED);
}

/* Bytes as they were typed, no keys made of them; then nothing, until the time is over. */
static void test_read(void)
{
	char buffer[8] = "........";
	uint64_t n = 2, start;
	uint32_t bits = 0;

	succeeds(serial->read(serial, &n, buffer));
	check(n == 2 && memcmp(buffer, "ke......", 8) == 0);
	n = 0;
	succeeds(serial->read(serial, &n, buffer));
	succeeds(serial->set_attributes(serial, 0, 0, 100000, 0, 0, 0));
	n = 7;
	start = cpu_ticks();
	is(serial->read(serial, &n, buffer), EFI_TIMEOUT);
	check(n == 4 && memcmp(buffer, "y\x1b[A....", 8) == 0);
	check_text(cpu_ticks() - start > ticks_of_microseconds(70000), "it waited for more");
	succeeds(serial->get_control(serial, &bits));
	check(bits & SERIAL_INPUT_BUFFER_EMPTY);
	is(serial->read(serial, NULL, buffer), EFI_INVALID_PARAMETER);
}

static void test_write(void)
{
	/* its own colour, a title for the window, a request for an answer, CSI in one character */
	static const char text[] = "serial \x1b[31mre\x1b]0;d\x07\x1b[c \xc2\x9b\xc3\xa4\xff.\r\n";
	uint64_t n = sizeof(text) - 1;

	succeeds(serial->write(serial, &n, text));
	check(n == sizeof(text) - 1);
	is(serial->write(serial, NULL, text), EFI_INVALID_PARAMETER);
	n = 0;
	succeeds(serial->write(serial, &n, text));
}

efi_status_t payload(void)
{
	const uint8_t *path = NULL;
	handle_t *all = NULL;
	uint64_t n = 0;

	require(bs->locate_handle_buffer(BY_PROTOCOL, &serial_io_guid, NULL, &n, &all));
	require(bs->handle_protocol(all[0], &serial_io_guid, &serial));
	succeeds(bs->handle_protocol(all[0], &device_path_guid, &path));
	while (path[0] == 1)
		path += path[2] | path[3] << 8;
	check_text(path[0] == 3 && path[1] == 14, "a UART is at the end of its path");
	test_mode();
	test_read();
	test_write();
	succeeds(serial->reset(serial));
	check(serial->mode->timeout_us == 1000000);
	bs->free_pool(all);
	return tap_done();
}
