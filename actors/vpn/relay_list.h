/* SPDX-License-Identifier: 0BSD */
/*
 * relay_list.h - relays to choose from, read from the public relay list.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/** RELAY_LIST_MAX - relays in one list; more is refused */
#define RELAY_LIST_MAX 2000
/** RELAY_LIST_ERROR_MAX - bytes of an explanation, with its NUL */
#define RELAY_LIST_ERROR_MAX 200

/**
 * struct relay - one place to connect to
 * @country: two lower-case letters
 * @weight: how often to choose it, next to others of its country; 0: only when
 *          the country has nothing else
 */
struct relay {
	char hostname[64];
	char country[3];
	char ipv4[16];
	char public_key[45];
	unsigned int weight;
};

/** struct relay_list - all of them, sorted by country, then host name */
struct relay_list {
	struct relay *relays;
	size_t n_relays;
};

/**
 * relay_list_parse() - read the public document: whole or not at all
 * @ret_error: what is wrong with it, with the place; written on -EBADMSG
 *
 * Checks every relay, keeps the active ones, ignores keys it does not know.
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int relay_list_parse(struct relay_list *ret_list, const char *text,
		     size_t n_bytes, char ret_error[RELAY_LIST_ERROR_MAX]);
/**
 * relay_list_compact() - the list as it travels between actors
 * @country: only that one; NULL: all
 *
 * {"se": [["se-got-wg-001", "192.0.2.7", 100, "KEY="], …], …}
 *
 * Return: a new reference; NULL when out of memory.
 */
json_t *relay_list_compact(const struct relay_list *list, const char *country);
/** relay_list_read() - the reverse. Return: 0; -EBADMSG; -ENOMEM. */
int relay_list_read(struct relay_list *ret_list, const json_t *compact);
/** relay_list_n_countries() - how many have a relay */
size_t relay_list_n_countries(const struct relay_list *list);
/**
 * relay_list_select() - the relay for one attempt to connect
 * @attempt: from 0; the same attempt gives the same relay, others spread over
 *           the country by weight
 *
 * Return: NULL when the country has none.
 */
const struct relay *relay_list_select(const struct relay_list *list,
				      const char *country, uint32_t attempt);
/** relay_list_deinit() - NULL and zeroed ones are fine */
void relay_list_deinit(struct relay_list *list);
