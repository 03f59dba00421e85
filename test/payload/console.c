// SPDX-License-Identifier: MIT
/* 12.4 Simple Text Output; 12.3 Simple Text Input with nobody typing: console_input.c types. */
#include "lib.h"

static struct text_output *con;

static bool cursor_is(int column, int row)
{
	return con->mode->cursor_column == column && con->mode->cursor_row == row;
}

static bool out(const char16 *text)
{
	return con->output_string(con, text) == EFI_SUCCESS;
}

static void test_modes(void)
{
	uint64_t columns = 0, rows = 0, i, n_wrong = 0;

	check(con->mode != NULL && con->mode->max_mode >= 1);
	check(con->mode->mode >= 0 && con->mode->mode < con->mode->max_mode);
	succeeds(con->query_mode(con, 0, &columns, &rows));
	check(columns == 80 && rows == 25);
	/* 80 x 50 or nothing */
	if (con->query_mode(con, 1, &columns, &rows) == EFI_SUCCESS)
		check(columns == 80 && rows == 50);
	for (i = 2; i < (uint64_t)con->mode->max_mode; i++)
		n_wrong += con->query_mode(con, i, &columns, &rows) == EFI_SUCCESS &&
			   (columns == 0 || rows == 0);
	check(n_wrong == 0);
	is(con->query_mode(con, (uint64_t)con->mode->max_mode, &columns, &rows), EFI_UNSUPPORTED);
	is(con->query_mode(con, UINT64_MAX, &columns, &rows), EFI_UNSUPPORTED);
	is(con->set_mode(con, (uint64_t)con->mode->max_mode), EFI_UNSUPPORTED);
	succeeds(con->set_mode(con, 0));
	check(con->mode->mode == 0 && cursor_is(0, 0));
}

static void test_attributes(void)
{
	succeeds(con->set_attribute(con, 0x1e));
	check(con->mode->attribute == 0x1e);
	is(con->set_attribute(con, 0x100), EFI_UNSUPPORTED);
	check(con->mode->attribute == 0x1e);
	succeeds(con->set_attribute(con, 0x07));
	/* a display may have no cursor to hide */
	if (con->enable_cursor(con, true) == EFI_SUCCESS)
		check(con->mode->cursor_visible == 1);
	if (con->enable_cursor(con, false) == EFI_SUCCESS)
		check(con->mode->cursor_visible == 0);
	con->enable_cursor(con, true);
}

static void test_cursor(void)
{
	unsigned i, n_wrong = 0;

	succeeds(con->clear_screen(con));
	check(cursor_is(0, 0));
	succeeds(con->set_cursor_position(con, 5, 10));
	check(cursor_is(5, 10));
	is(con->set_cursor_position(con, 80, 0), EFI_UNSUPPORTED);
	is(con->set_cursor_position(con, 0, 25), EFI_UNSUPPORTED);
	is(con->set_cursor_position(con, UINT64_MAX, 0), EFI_UNSUPPORTED);
	check(cursor_is(5, 10));
	check(out(u"ab") && cursor_is(7, 10));
	check(out(u"\b") && cursor_is(6, 10));
	check(out(u"\n") && cursor_is(6, 11));
	check(out(u"\r") && cursor_is(0, 11));
	check(out(u"\b") && on_bardo() ? cursor_is(0, 11) : true); /* EDK2 goes up a line */
	check(out(u"\r\nx\r\n") && con->mode->cursor_column == 0);

	/* a line of 80 and one more: at the second line's second column */
	con->set_cursor_position(con, 0, 3);
	for (i = 0; i < 81; i++)
		n_wrong += !out(u"w");
	check_text(n_wrong == 0 && cursor_is(1, 4), "text wraps at the last column");
	con->set_cursor_position(con, 0, 24);
	check(out(u"\r\nbottom") && cursor_is(6, 24));
	check(out(u"\r\n\r\n\r\n") && cursor_is(0, 24));
	succeeds(con->clear_screen(con));
	check(cursor_is(0, 0));
}

static void test_text(void)
{
	static char16 odd[] = { 0x2500, 0x2588, 0x263a, 0xe9, 0 };
	static char16 private[] = { 0xf8ff, 0 };
	static char16 half_pair[] = { 0xd800, 'x', 0xdc00, 0 };
	static char16 long_text[5000];
	unsigned i;

	check(out(u"") && out(u"plain\r\n"));
	succeeds(con->test_string(con, u"plain ASCII ~!@#"));
	is_either(con->test_string(con, private), EFI_UNSUPPORTED, EFI_SUCCESS);
	/* what it cannot draw it replaces and warns, or it can draw all */
	is_either(con->output_string(con, odd), EFI_WARN_UNKNOWN_GLYPH, EFI_SUCCESS);
	is_either(con->output_string(con, private), EFI_WARN_UNKNOWN_GLYPH, EFI_SUCCESS);
	is_either(con->output_string(con, half_pair), EFI_WARN_UNKNOWN_GLYPH, EFI_SUCCESS);
	for (i = 0; i < 4999; i++)
		long_text[i] = i % 70 == 69 ? '\n' : i % 70 == 68 ? '\r' : 'l';
	check_text(out(long_text), "5,000 characters at once");
	check(out(u"\r\n"));
	succeeds(st->std_err->output_string(st->std_err, u"said to StdErr\r\n"));
	succeeds(con->reset(con, false));
	check(cursor_is(0, 0));
}

static void test_input(void)
{
	struct text_input_ex *ex = NULL;
	struct input_key key = { 77, 77 };
	struct key_data data;

	succeeds(st->con_in->reset(st->con_in, false));
	is(st->con_in->read_key_stroke(st->con_in, &key), EFI_NOT_READY);
	is(bs->check_event(st->con_in->wait_for_key), EFI_NOT_READY);
	if (!succeeds(bs->handle_protocol(st->con_in_handle, &text_input_ex_guid, &ex)))
		return;
	succeeds(ex->reset(ex, false));
	is(ex->read_key_stroke_ex(ex, &data), EFI_NOT_READY);
	is(ex->read_key_stroke_ex(ex, NULL), EFI_INVALID_PARAMETER);
	is(bs->check_event(ex->wait_for_key_ex), EFI_NOT_READY);
}

efi_status_t payload(void)
{
	struct text_output *found = NULL;

	con = st->con_out;
	/* the cursor moves about: results come when it is done */
	hold_output(true);
	test_modes();
	test_attributes();
	test_cursor();
	test_text();
	test_input();
	succeeds(bs->handle_protocol(st->con_out_handle, &text_output_guid, &found));
	check(found == con);
	out(u"\r\n");
	hold_output(false);
	return tap_done();
}
