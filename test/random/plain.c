// SPDX-License-Identifier: MIT
/* What the dynamic loader and the C library do for a program that does nothing. */
int main(void)
{
	return 0;
}
