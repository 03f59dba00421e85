// SPDX-License-Identifier: MIT
/*
 * A module for the kernels of the VM tests: EFI's clock, its alarm, its counter and the room for
 * variables as files, below /sys/module/bardo_efi/parameters. Debian's kernels for PCs show none of
 * them.
 */
#include <linux/efi.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static int show(char *to, efi_status_t status, const efi_time_t *t)
{
	if (status != EFI_SUCCESS)
		return -EIO;
	return sprintf(to, "%04u-%02u-%02u %02u:%02u:%02u\n", t->year, t->month, t->day, t->hour,
		       t->minute, t->second);
}

/* What else belongs to a time (a zone, for one) is left as it is. */
static int parse(const char *text, efi_time_t *t)
{
	return sscanf(text, "%hu-%hhu-%hhu %hhu:%hhu:%hhu", &t->year, &t->month, &t->day, &t->hour,
		      &t->minute, &t->second) == 6
		       ? 0
		       : -EINVAL;
}

static int clock_get(char *to, const struct kernel_param *param)
{
	efi_time_cap_t cap;
	efi_time_t t;

	return show(to, efi.get_time(&t, &cap), &t);
}

static int clock_set(const char *text, const struct kernel_param *param)
{
	efi_time_cap_t cap;
	efi_time_t t;

	if (efi.get_time(&t, &cap) != EFI_SUCCESS)
		return -EIO;
	if (parse(text, &t) < 0)
		return -EINVAL;
	return efi.set_time(&t) == EFI_SUCCESS ? 0 : -EIO;
}

/* Of one that is off, it says so. */
static int alarm_get(char *to, const struct kernel_param *param)
{
	efi_bool_t enabled, pending;
	efi_time_t t;
	const efi_status_t status = efi.get_wakeup_time(&enabled, &pending, &t);

	return status == EFI_SUCCESS && !enabled ? sprintf(to, "off\n") : show(to, status, &t);
}

static int alarm_set(const char *text, const struct kernel_param *param)
{
	efi_time_cap_t cap;
	efi_time_t t;

	if (efi.get_time(&t, &cap) != EFI_SUCCESS)
		return -EIO;
	if (parse(text, &t) < 0)
		return efi.set_wakeup_time(false, &t) == EFI_SUCCESS ? 0 : -EIO;
	return efi.set_wakeup_time(true, &t) == EFI_SUCCESS ? 0 : -EIO;
}

static int count_get(char *to, const struct kernel_param *param)
{
	u32 count;

	return efi.get_next_high_mono_count(&count) == EFI_SUCCESS ? sprintf(to, "%u\n", count)
								   : -EIO;
}

static int space_get(char *to, const struct kernel_param *param)
{
	u64 most, left, largest;

	return efi.query_variable_info(EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
					       EFI_VARIABLE_RUNTIME_ACCESS,
				       &most, &left, &largest) == EFI_SUCCESS
		       ? sprintf(to, "%llu\n", most)
		       : -EIO;
}

static const struct kernel_param_ops clock_ops = { .get = clock_get, .set = clock_set };
static const struct kernel_param_ops alarm_ops = { .get = alarm_get, .set = alarm_set };
static const struct kernel_param_ops count_ops = { .get = count_get };
static const struct kernel_param_ops space_ops = { .get = space_get };
module_param_cb(clock, &clock_ops, NULL, 0600);
module_param_cb(alarm, &alarm_ops, NULL, 0600);
module_param_cb(count, &count_ops, NULL, 0400);
module_param_cb(space, &space_ops, NULL, 0400);

MODULE_DESCRIPTION("EFI's services as files");
MODULE_LICENSE("Dual MIT/GPL");
