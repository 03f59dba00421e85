// SPDX-License-Identifier: MIT
/*
 * usage: screen FILE
 *
 * Reads the word on a picture of a text console (PPM): the line that says 0123456789abcdef tells
 * what the digits look like, whatever the font, and the line below it is the word.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 8, HEIGHT = 16, N_DIGITS = 16, PIXEL_BYTES = 3 };

static unsigned columns, lines;
static unsigned char *picture;

static unsigned char *cell(unsigned x, unsigned line, unsigned row)
{
	return picture +
	       ((size_t)(line * HEIGHT + row) * columns * WIDTH + (size_t)x * WIDTH) * PIXEL_BYTES;
}

static int same(unsigned x1, unsigned line1, unsigned x2, unsigned line2)
{
	for (unsigned row = 0; row < HEIGHT; row++)
		if (memcmp(cell(x1, line1, row), cell(x2, line2, row), WIDTH * PIXEL_BYTES) != 0)
			return 0;
	return 1;
}

/* Sixteen that are all different, and none of them blank as the cell behind them is. */
static int is_legend(unsigned line)
{
	for (unsigned x = 0; x <= N_DIGITS; x++)
		for (unsigned y = 0; y < x; y++)
			if (same(x, line, y, line))
				return 0;
	return 1;
}

static int read_word(unsigned legend, char word[static N_DIGITS + 1])
{
	for (unsigned x = 0; x < N_DIGITS; x++) {
		unsigned digit = 0;

		while (digit < N_DIGITS && !same(x, legend + 1, digit, legend))
			digit++;
		if (digit == N_DIGITS)
			return 0;
		word[x] = "0123456789abcdef"[digit];
	}
	word[N_DIGITS] = '\0';
	return 1;
}

static int picture_read(const char *path)
{
	unsigned width, height, most;
	size_t n_bytes;
	FILE *f = fopen(path, "rb");

	if (!f)
		return 0;
	if (fscanf(f, "P6 %u %u %u", &width, &height, &most) != 3 || fgetc(f) == EOF ||
	    most != 255 || width % WIDTH || width > 1 << 14 || height > 1 << 14 ||
	    width / WIDTH <= N_DIGITS) {
		fclose(f);
		return 0;
	}
	columns = width / WIDTH;
	lines = height / HEIGHT;
	n_bytes = (size_t)width * height * PIXEL_BYTES;
	picture = malloc(n_bytes);
	if (picture)
		n_bytes -= fread(picture, 1, n_bytes, f);
	fclose(f);
	return picture && n_bytes == 0;
}

int main(int argc, char **argv)
{
	char word[N_DIGITS + 1];

	if (argc != 2 || !picture_read(argv[1])) {
		fprintf(stderr, "screen: no picture\n");
		return 2;
	}
	for (unsigned line = 0; line + 1 < lines; line++)
		if (is_legend(line) && read_word(line, word)) {
			puts(word);
			return 0;
		}
	fprintf(stderr, "screen: no such text on it\n");
	return 1;
}
