// SPDX-License-Identifier: MIT
/* What of root's rights is kept is kept, the rest is gone and cannot be had back. */
#include "base/caps.h"
#include "tap.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t field(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long v = ~0ull;
	char line[256];

	require(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), "%llx", &v);
	fclose(f);
	return v;
}

int main(void)
{
	const uint64_t had = field("CapPrm:"), mask = CAPS_BIT(CAP_SYS_BOOT) | CAPS_BIT(CAP_BPF);
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct all[_LINUX_CAPABILITY_U32S_3];

	memset(all, 0, sizeof(all));
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		all[i].permitted = all[i].effective = (uint32_t)(had >> 32 * i);
	check(caps_keep(~UINT64_C(0)) == 0 && field("CapPrm:") == had);
	check(caps_keep(mask) == 0);
	check(field("CapPrm:") == (had & mask) && !(field("CapEff:") & ~mask) &&
	      !(field("CapInh:") & ~mask));
	if (had & CAPS_BIT(CAP_NET_RAW)) {
		check(syscall(SYS_capset, &header, all) < 0 && errno == EPERM);
		check(socket(AF_INET, SOCK_RAW, 1) < 0 && errno == EPERM);
	}
	check(caps_have(CAP_BPF) == !!(had & CAPS_BIT(CAP_BPF)) && !caps_have(CAP_NET_RAW));
	check(caps_keep(0) == 0 && !caps_have(CAP_BPF) && field("CapPrm:") == 0);
	return tap_done();
}
