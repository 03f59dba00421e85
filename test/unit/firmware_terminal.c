// SPDX-License-Identifier: MIT
/* Keys that somebody types without an end, as yes(1) does. */
#include "firmware/console/terminal.h"
#include "tap.h"
#include "unit/fake_machine.h"

enum { MOST = 1 << 20 }; /* bytes of it that are no reason to wait any longer */

static size_t n_read;

static size_t read_endless(void *context, uint8_t *buf, size_t n)
{
	if (n_read > MOST)
		return 0;
	memset(buf, 'y', n);
	n_read += n;
	return n;
}

static void next(struct fake_step *step)
{
	*step = (struct fake_step){ .kind = FAKE_LEAVE };
}

int main(void)
{
	struct firmware_config config = fake_config();
	struct why why;

	config.terminal.read = read_endless;
	require(fake_open(config, next, &why) == 0);
	terminal_flush(fake.firmware);
	check_msg(n_read >= 4096 && n_read < MOST, "%zu bytes are dropped", n_read);
	check(terminal_poll_key(fake.firmware));
	fake_close();
	return tap_done();
}
