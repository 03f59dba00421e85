// SPDX-License-Identifier: MIT
/*
 * The MAC against an implementation that shares nothing with it: NH in 32-bit
 * schoolbook arithmetic, Poly1305 from libcrypto.
 */
#include "guest/mac.h"
#include "tap.h"

#include <openssl/evp.h>
#include <openssl/core_names.h>
#include <stdlib.h>
#include <string.h>

enum { N_PAGES = 5 };

struct message {
	uint64_t addr, n_bytes;
	uint64_t page[N_PAGES][PAGE_BYTES / 8];
};

static struct mac_key key;
static struct message message;

static uint64_t random_state = 1;

/* splitmix64: tests must fail the same way twice */
static uint64_t random64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void fill(void *buf, size_t n_bytes, uint64_t seed)
{
	uint64_t *word = buf;
	size_t i;

	random_state = seed;
	for (i = 0; i < n_bytes / 8; i++)
		word[i] = random64();
}

static void mac(const struct mac_key *k, const struct message *m, unsigned index,
		uint64_t ret_tag[2])
{
	struct mac mac;
	unsigned i;

	mac_start(&mac, k, m->addr, m->n_bytes);
	for (i = 0; i < N_PAGES; i++)
		mac_page(&mac, m->page[i]);
	mac_finish(&mac, index, ret_tag);
}

/* sum += a * b, a digit of 32 bits at a time, modulo 2^128 */
static void add_product(uint32_t sum[4], uint64_t a, uint64_t b)
{
	uint32_t x[2] = { (uint32_t)a, (uint32_t)(a >> 32) },
		 y[2] = { (uint32_t)b, (uint32_t)(b >> 32) };
	uint64_t carry, product;
	unsigned i, j, k;

	for (i = 0; i < 2; i++) {
		for (j = 0; j < 2; j++) {
			product = (uint64_t)x[i] * y[j];
			carry = 0;
			for (k = i + j; k < 4; k++) {
				carry += sum[k];
				carry += (uint32_t)product;
				sum[k] = (uint32_t)carry;
				carry >>= 32;
				product >>= 32;
			}
		}
	}
}

static void nh_slow(const struct mac_key *k, const uint64_t *page, uint32_t ret[4])
{
	unsigned i;

	memset(ret, 0, 16);
	for (i = 0; i < PAGE_BYTES / 8; i += 2)
		add_product(ret, page[i] + k->nh[i], page[i + 1] + k->nh[i + 1]);
}

static bool mac_slow(const struct mac_key *k, const struct message *m, unsigned index,
		     uint64_t ret_tag[2])
{
	EVP_MAC *type = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(type);
	const uint64_t head[2] = { m->addr, m->n_bytes };
	const uint64_t rs[4] = { k->r[0], k->r[1], k->pad[index][0], k->pad[index][1] };
	uint32_t nh[4];
	size_t n;
	unsigned i;
	bool done = EVP_MAC_init(ctx, (const uint8_t *)rs, sizeof(rs), NULL) == 1;

	EVP_MAC_update(ctx, (const uint8_t *)head, sizeof(head));
	for (i = 0; i < N_PAGES; i++) {
		nh_slow(k, m->page[i], nh);
		EVP_MAC_update(ctx, (const uint8_t *)nh, sizeof(nh));
	}
	done = done && EVP_MAC_final(ctx, (uint8_t *)ret_tag, &n, 16) == 1 && n == 16;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(type);
	return done;
}

static bool agrees(unsigned index)
{
	uint64_t fast[2], slow[2];

	mac(&key, &message, index, fast);
	return mac_slow(&key, &message, index, slow) && memcmp(fast, slow, sizeof(fast)) == 0;
}

static void test_random(void)
{
	unsigned i, right = 0;

	for (i = 0; i < 64; i++) {
		fill(&key, sizeof(key), i);
		fill(&message, sizeof(message), ~(uint64_t)i);
		right += agrees(i % MAC_MAX_TAGS);
	}
	check(right == 64);
}

/* Where carries run furthest: all ones and nearly, in message and key, and a sum of 0. */
static void test_extremes(void)
{
	static const uint8_t bytes[] = { 0x00, 0xff, 0xfe, 0x80, 0x7f, 0xfc };
	unsigned i, j, right = 0;

	for (i = 0; i < sizeof(bytes); i++) {
		for (j = 0; j < sizeof(bytes); j++) {
			memset(&key, bytes[i], sizeof(key));
			memset(&message, bytes[j], sizeof(message));
			right += agrees(0);
		}
	}
	check(right == i * i);
}

/*
 * The last step takes the modulus away when the sum reached it: make the sum
 * 2^130 - 5 + small by a key r = 1 and blocks that add up.
 */
static void test_around_the_modulus(void)
{
	struct mac m;
	uint64_t tag[2], want;
	unsigned i, right = 0;

	memset(&key, 0, sizeof(key));
	key.r[0] = 1;
	for (i = 0; i < 16; i++) {
		/* three blocks: 3 * 2^128 of markers, 2^128 - 16 + i of data: 2^130 - 16 + i */
		memset(&message, 0, sizeof(message));
		mac_start(&m, &key, (uint64_t)-16 + i, UINT64_MAX);
		mac_page(&m, message.page[0]);
		mac_page(&m, message.page[0]);
		mac_finish(&m, 0, tag);
		want = i < 11 ? (uint64_t)-16 + i : i - 11;
		right += tag[0] == want && tag[1] == (i < 11 ? UINT64_MAX : 0);
	}
	check(right == 16);
}

static bool flip_shows(void *at, unsigned bit, const uint64_t before[2])
{
	uint8_t *byte = (uint8_t *)at + bit / 8;
	uint64_t after[2];

	*byte ^= (uint8_t)(1 << bit % 8);
	mac(&key, &message, 3, after);
	*byte ^= (uint8_t)(1 << bit % 8);
	return memcmp(before, after, 16) != 0;
}

static void test_any_bit(void)
{
	uint64_t before[2];
	unsigned i, shown = 0;

	fill(&key, sizeof(key), 5);
	fill(&message, sizeof(message), 6);
	memset(message.page[2], 0, PAGE_BYTES);
	mac(&key, &message, 3, before);
	for (i = 0; i < 128; i++)
		shown += flip_shows(&message, i, before);
	check_msg(shown == 128, "every bit of address and length");
	for (i = shown = 0; i < PAGE_BYTES * 8; i++)
		shown += flip_shows(message.page[N_PAGES - 1], i, before);
	check_msg(shown == PAGE_BYTES * 8, "every bit of a page");
	for (i = shown = 0; i < PAGE_BYTES * 8; i += 7)
		shown += flip_shows(message.page[2], i, before);
	check_msg(shown == (PAGE_BYTES * 8 + 6) / 7, "bits of a page of zeros");
	for (i = shown = 0; i < PAGE_BYTES * 8; i++)
		shown += flip_shows(key.nh, i, before);
	check_msg(shown == PAGE_BYTES * 8, "every bit of the key of the first stage");
}

static void test_order_and_index(void)
{
	uint64_t a[2], b[2], page[PAGE_BYTES / 8];

	fill(&key, sizeof(key), 8);
	fill(&message, sizeof(message), 9);
	mac(&key, &message, 0, a);
	mac(&key, &message, 1, b);
	check(memcmp(a, b, 16) != 0);
	memcpy(page, message.page[0], PAGE_BYTES);
	memcpy(message.page[0], message.page[1], PAGE_BYTES);
	memcpy(message.page[1], page, PAGE_BYTES);
	mac(&key, &message, 0, b);
	check(memcmp(a, b, 16) != 0);
}

int main(void)
{
	test_random();
	test_extremes();
	test_around_the_modulus();
	test_any_bit();
	test_order_and_index();
	return tap_done();
}
