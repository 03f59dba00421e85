// SPDX-License-Identifier: MIT
/* As whom the firmware process runs. */
#include "keeper/users.h"
#include "tap.h"

#include <sys/types.h>

enum { DRAWS = 64 };

/* The same process number, which two containers have in common. A few may be equal by chance. */
static void test_same_pid(void)
{
	const uid_t first = users_spare_id();
	unsigned same = 0, outside = 0, i;

	for (i = 0; i < DRAWS; i++) {
		const uid_t id = users_spare_id();

		same += id == first;
		outside += id < 0x70000000 || id >= 0x78000000;
	}
	check_msg(same <= 2 && outside == 0,
		  "%u IDs: %u are the first one, %u outside of the range", DRAWS, same, outside);
}

int main(void)
{
	test_same_pid();
	return tap_done();
}
