// SPDX-License-Identifier: MIT
#include "menu/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *skip_foreign(const char *text)
{
	while (*text && !is_digit(*text) && !is_letter(*text) && !strchr("~-^.", *text))
		text++;
	return text;
}

/* Does one alone begin with c? Then it is the older one; two of them say nothing. */
static int take_sign(const char **a, const char **b, char c)
{
	const bool in_a = **a == c, in_b = **b == c;

	if (in_a != in_b)
		return in_a ? -1 : 1;
	*a += in_a;
	*b += in_b;
	return 0;
}

static size_t count(const char *text, bool (*is)(char))
{
	size_t n = 0;

	while (is(text[n]))
		n++;
	return n;
}

static int sign_of(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* Of any length: leading zeros say nothing, then the longer one is the larger one. */
static int take_numbers(const char **a, const char **b)
{
	size_t n_a = count(*a, is_digit), n_b = count(*b, is_digit);
	const char *at_a = *a, *at_b = *b;
	int r;

	*a += n_a;
	*b += n_b;
	if (!n_a || !n_b)
		return sign_of(n_a != 0, n_b != 0);
	for (; n_a && *at_a == '0'; n_a--)
		at_a++;
	for (; n_b && *at_b == '0'; n_b--)
		at_b++;
	r = sign_of(n_a, n_b);
	return r ? r : memcmp(at_a, at_b, n_a);
}

static int take_letters(const char **a, const char **b)
{
	const size_t n_a = count(*a, is_letter), n_b = count(*b, is_letter);
	const int r = memcmp(*a, *b, n_a < n_b ? n_a : n_b);

	*a += n_a;
	*b += n_b;
	return r ? r : sign_of(n_a, n_b);
}

int version_compare(const char *a, const char *b)
{
	int r;

	a = a ? a : "";
	b = b ? b : "";
	for (;;) {
		a = skip_foreign(a);
		b = skip_foreign(b);
		r = take_sign(&a, &b, '~');
		if (r)
			return r;
		/* more is newer, but for what '~' began */
		if (!*a || !*b)
			return sign_of(*a != 0, *b != 0);
		for (const char *sign = "-^."; *sign && r == 0; sign++)
			r = take_sign(&a, &b, *sign);
		if (r == 0)
			r = is_digit(*a) || is_digit(*b) ? take_numbers(&a, &b)
							 : take_letters(&a, &b);
		if (r)
			return r;
	}
}
