// SPDX-License-Identifier: MIT
/* What is in the way of a jump on arm64 alone: processors, protected guests, interrupt tables. */
#include "host/machine_gate.h"
#include "made_fdt.h"
#include "unit/tree.h"

#include <errno.h>

static void put_tree(const struct tree *t, const char *method, const char *controller)
{
	struct made_fdt f = { .n_strings = 0 };
	struct bytes b;

	made_fdt_begin(&f, "");
	made_fdt_begin(&f, "cpus");
	made_fdt_begin(&f, "cpu@1");
	made_fdt_property(&f, "status", "disabled", 9);
	made_fdt_property(&f, "enable-method", method, strlen(method) + 1);
	made_fdt_end(&f);
	made_fdt_end(&f);
	made_fdt_begin(&f, "its");
	made_fdt_property(&f, "compatible", controller, strlen(controller) + 1);
	made_fdt_end(&f);
	made_fdt_end(&f);
	made_fdt_word(&f, 9);
	b = made_fdt_whole(&f);
	tree_put_bytes(t, "/sys/firmware/fdt", b.p, b.n);
}

static void open_gate(const struct tree *t)
{
	struct why why = { "" };

	check_msg(machine_gate(t->root, &why) == 0, "%s", why.text);
}

static void closed(const struct tree *t, const char *words)
{
	struct why why = { "" };

	check_msg(machine_gate(t->root, &why) == -EOPNOTSUPP && strstr(why.text, words), "%s",
		  why.text);
}

int main(void)
{
	uint8_t fadt[132] = "FACP";
	struct tree t = tree_new();

	open_gate(&t);
	put_tree(&t, "psci", "arm,gic-400");
	tree_put(&t, "/sys/devices/system/cpu/possible", "0-3\n");
	open_gate(&t);
	put_tree(&t, "spin-table", "arm,gic-400");
	closed(&t, "spin-table");
	tree_put(&t, "/sys/devices/system/cpu/possible", "0\n");
	open_gate(&t);

	put_tree(&t, "psci", "arm,gic-400");
	tree_put(&t, "/sys/devices/system/cpu/possible", "0-3\n");
	tree_put_bytes(&t, "/sys/firmware/acpi/tables/FACP", fadt, sizeof(fadt));
	closed(&t, "parking protocol");
	fadt[129] = 3;
	tree_put_bytes(&t, "/sys/firmware/acpi/tables/FACP", fadt, sizeof(fadt));
	open_gate(&t);
	tree_put_bytes(&t, "/sys/firmware/acpi/tables/FACP", fadt, 130); /* of a time before */
	open_gate(&t);

	tree_put(&t, "/proc/cmdline", "quiet kvm-arm.mode=protected\n");
	open_gate(&t); /* as at EL1, where there is no KVM */
	tree_put(&t, "/dev/kvm", "");
	closed(&t, "kvm-arm.mode=protected");
	tree_put(&t, "/proc/cmdline", "quiet\n");
	open_gate(&t);

	put_tree(&t, "psci", "arm,gic-v3-its");
	tree_put(&t, "/dev/kmsg", "6,1,0,-;Linux\n");
	tree_put(&t, "/sys/devices/system/cpu/online", "0-1\n");
	closed(&t, "the interrupt controller");
	tree_drop(&t);
	return tap_done();
}
