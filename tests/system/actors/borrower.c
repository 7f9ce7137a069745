/* SPDX-License-Identifier: 0BSD */
/*
 * borrower.c - a program that needs liblender.so, and says what it got.
 */
#include <stdio.h>

int lent(void);

int main(void)
{
	printf("lent %d\n", lent());
	return 0;
}
