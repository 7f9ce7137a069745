/* SPDX-License-Identifier: 0BSD */
/*
 * lender.c - a shared library, for programs that are to find it.
 */
int lent(void);

int lent(void)
{
	return 42;
}
