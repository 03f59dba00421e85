// SPDX-License-Identifier: MIT
/*
 * 12.9 Graphics Output over a made-up framebuffer of 64 by 48, lines of 288 bytes, blue
 * first (run.c, which also looks at what is in the file afterwards).
 */
#include "lib.h"

enum { WIDTH = 64, HEIGHT = 48, LINE_PIXELS = 72 };

static struct graphics_output *gop;

#define RED 0x00aa0000u
#define GREEN 0x0000bb00u
#define BLUE 0x000000ccu

static uint32_t buffer[WIDTH * HEIGHT], back[WIDTH * HEIGHT];

static efi_status_t blt(void *buf, uint32_t operation, uint64_t sx, uint64_t sy, uint64_t dx,
			uint64_t dy, uint64_t width, uint64_t height, uint64_t delta)
{
	return gop->blt(gop, buf, operation, sx, sy, dx, dy, width, height, delta);
}

static efi_status_t fill(uint32_t colour, uint64_t x, uint64_t y, uint64_t width, uint64_t height)
{
	return blt(&colour, BLT_VIDEO_FILL, 0, 0, x, y, width, height, 0);
}

static uint32_t pixel(uint64_t x, uint64_t y)
{
	uint32_t v = 0x12345678;

	return blt(&v, BLT_VIDEO_TO_BUFFER, x, y, 0, 0, 1, 1, 0) == EFI_SUCCESS ? v : 0x12345678;
}

static void test_mode(void)
{
	struct graphics_info *info = NULL;
	uint64_t n = 0;

	check(gop->mode->max_mode == 1 && gop->mode->mode == 0);
	check(gop->mode->base == 0xe0000000 && gop->mode->n_bytes == 4 * LINE_PIXELS * HEIGHT);
	check(gop->mode->info_bytes == sizeof(*info));
	succeeds(gop->query_mode(gop, 0, &n, &info));
	check(n == sizeof(*info) && info->width == WIDTH && info->height == HEIGHT &&
	      info->line_pixels == LINE_PIXELS && info->format == 1);
	check(memcmp(info, gop->mode->info, sizeof(*info)) == 0);
	succeeds(bs->free_pool(info));
	is(gop->query_mode(gop, 1, &n, &info), EFI_INVALID_PARAMETER);
	is(gop->query_mode(gop, 0, NULL, &info), EFI_INVALID_PARAMETER);
	is(gop->query_mode(gop, 0, &n, NULL), EFI_INVALID_PARAMETER);
	succeeds(fill(GREEN, 0, 0, WIDTH, HEIGHT));
	is(gop->set_mode(gop, 1), EFI_UNSUPPORTED);
	check(pixel(3, 3) == GREEN);
	succeeds(gop->set_mode(gop, 0));
	check_text(pixel(3, 3) == 0 && pixel(WIDTH - 1, HEIGHT - 1) == 0, "SetMode makes it black");
}

static void test_fill(void)
{
	succeeds(fill(RED, 2, 3, 4, 5));
	check(pixel(2, 3) == RED && pixel(5, 7) == RED);
	check(pixel(1, 3) == 0 && pixel(6, 3) == 0 && pixel(2, 2) == 0 && pixel(2, 8) == 0);
	succeeds(fill(GREEN, WIDTH - 1, HEIGHT - 1, 1, 1));
	check(pixel(WIDTH - 1, HEIGHT - 1) == GREEN);
}

/* A rectangle from the middle of a buffer to the middle of the screen, and back to another place.
 */
static void test_buffer(void)
{
	const uint64_t delta = WIDTH * 4;
	unsigned i, n_wrong = 0;
	uint64_t x, y;

	for (i = 0; i < WIDTH * HEIGHT; i++)
		buffer[i] = (i * 0x10305) & 0xffffff;
	succeeds(blt(buffer, BLT_BUFFER_TO_VIDEO, 5, 6, 20, 10, 30, 20, delta));
	memset(back, 0x55, sizeof(back));
	succeeds(blt(back, BLT_VIDEO_TO_BUFFER, 20, 10, 7, 8, 30, 20, delta));
	for (y = 0; y < HEIGHT; y++)
		for (x = 0; x < WIDTH; x++) {
			const bool inside = x >= 7 && x < 37 && y >= 8 && y < 28;

			n_wrong += back[y * WIDTH + x] !=
				   (inside ? buffer[(y - 2) * WIDTH + x - 2] : 0x55555555);
		}
	check_text(n_wrong == 0, "there and back: each pixel, and none beside them");
	/* without delta the lines lie close together */
	memset(back, 0x55, sizeof(back));
	succeeds(blt(back, BLT_VIDEO_TO_BUFFER, 20, 10, 0, 0, 3, 2, 0));
	check(back[2] == buffer[6 * WIDTH + 7] && back[3] == buffer[7 * WIDTH + 5] &&
	      back[6] == 0x55555555);
	/* all of the screen, from line 0 on */
	succeeds(blt(buffer, BLT_BUFFER_TO_VIDEO, 0, 0, 0, 0, WIDTH, HEIGHT, 0));
	check(pixel(0, 0) == buffer[0] &&
	      pixel(WIDTH - 1, HEIGHT - 1) == buffer[WIDTH * HEIGHT - 1]);
}

/* Upwards, downwards, to the right: the rectangles overlap. */
static void test_move(void)
{
	unsigned i, n_wrong = 0;

	succeeds(blt(NULL, BLT_VIDEO_TO_VIDEO, 0, 0, 0, 4, WIDTH, HEIGHT - 4, 0));
	for (i = 4; i < HEIGHT; i++)
		n_wrong += pixel(9, i) != buffer[(i - 4) * WIDTH + 9];
	check_text(n_wrong == 0, "moved down by four lines");
	succeeds(blt(NULL, BLT_VIDEO_TO_VIDEO, 0, 4, 0, 0, WIDTH, HEIGHT - 4, 0));
	for (i = 0; i < HEIGHT - 4; i++)
		n_wrong += pixel(9, i) != buffer[i * WIDTH + 9];
	check_text(n_wrong == 0, "and up again");
	succeeds(blt(NULL, BLT_VIDEO_TO_VIDEO, 0, 0, 1, 0, WIDTH - 1, 1, 0));
	for (i = 1; i < WIDTH; i++)
		n_wrong += pixel(i, 0) != buffer[i - 1];
	check_text(n_wrong == 0, "to the right by one");
}

static void test_bounds(void)
{
	static const uint64_t huge[] = { WIDTH + 1, UINT64_C(1) << 32, UINT64_C(1) << 62,
					 UINT64_MAX };
	uint32_t was = pixel(7, 7);
	unsigned i, k;

	is(fill(RED, 0, 0, 0, 1), EFI_INVALID_PARAMETER);
	is(fill(RED, 0, 0, 1, 0), EFI_INVALID_PARAMETER);
	is(blt(buffer, 4, 0, 0, 0, 0, 1, 1, 0), EFI_INVALID_PARAMETER);
	is(blt(NULL, BLT_VIDEO_FILL, 0, 0, 0, 0, 1, 1, 0), EFI_INVALID_PARAMETER);
	is(blt(NULL, BLT_BUFFER_TO_VIDEO, 0, 0, 0, 0, 1, 1, 0), EFI_INVALID_PARAMETER);
	is(blt(NULL, BLT_VIDEO_TO_BUFFER, 0, 0, 0, 0, 1, 1, 0), EFI_INVALID_PARAMETER);
	is(fill(RED, 1, 0, WIDTH, 1), EFI_INVALID_PARAMETER);
	is(fill(RED, 0, 1, 1, HEIGHT), EFI_INVALID_PARAMETER);
	for (i = 0; i < sizeof(huge) / sizeof(*huge); i++)
		for (k = 3; k < 9; k++) {
			uint64_t a[9] = { 0, 0, 0, 0, 0, 0, 0, 1, 1 };

			a[k] = huge[i];
			/* the buffer's place is the image's business, as long as it has it */
			if (k > 4)
				is(blt(buffer, BLT_BUFFER_TO_VIDEO, a[3], a[4], a[5], a[6], a[7],
				       a[8], 0),
				   EFI_INVALID_PARAMETER);
			if (k < 5 || k > 6)
				is(blt(buffer, BLT_VIDEO_TO_BUFFER, a[3], a[4], a[5], a[6], a[7],
				       a[8], 0),
				   EFI_INVALID_PARAMETER);
			is(blt(NULL, BLT_VIDEO_TO_VIDEO, a[3], a[4], a[5], a[6], a[7], a[8], 0),
			   EFI_INVALID_PARAMETER);
		}
	if (on_bardo()) {
		/* lines that lead out of memory, also around its end; none of them is drawn */
		is(blt(buffer, BLT_BUFFER_TO_VIDEO, 0, 0, 7, 7, 1, 2, UINT64_C(1) << 62),
		   EFI_INVALID_PARAMETER);
		is(blt(buffer, BLT_BUFFER_TO_VIDEO, 0, 1, 7, 7, 1, 1, 0 - (uint64_t)buffer),
		   EFI_INVALID_PARAMETER);
		is(blt(buffer, BLT_VIDEO_TO_BUFFER, 7, 7, UINT64_MAX / 4, 0, 1, 1, 0),
		   EFI_INVALID_PARAMETER);
		check(pixel(7, 7) == was);
	}
}

efi_status_t payload(void)
{
	if (option_is("none")) {
		is(bs->locate_protocol(&graphics_output_guid, NULL, &gop), EFI_NOT_FOUND);
		return tap_done();
	}
	require(bs->locate_protocol(&graphics_output_guid, NULL, &gop));
	if (option_is("paint")) { /* a real screen, of any size: test/vm */
		succeeds(fill(RED | 0x01, 0, 0, gop->mode->info->width, gop->mode->info->height));
		return tap_done();
	}
	test_mode();
	test_fill();
	test_buffer();
	test_move();
	test_bounds();
	/* what run.c looks for */
	succeeds(fill(0, 0, 0, WIDTH, HEIGHT));
	succeeds(fill(RED | 0x01, 1, 2, 1, 1));
	return tap_done();
}
