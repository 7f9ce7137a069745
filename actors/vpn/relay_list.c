/* SPDX-License-Identifier: 0BSD */
/*
 * relay_list.c - relays to choose from, read from the public relay list.
 *
 * Pure. The document comes from the network: a list is taken whole or not at
 * all, so that half a list never replaces a good one.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay_list.h"

#define WEIGHT_MAX 1000000

static int refuse(char error[RELAY_LIST_ERROR_MAX], size_t index,
		  const char *what)
{
	snprintf(error, RELAY_LIST_ERROR_MAX, "relay %zu: %s", index, what);

	return -EBADMSG;
}

/* Copies @from when it fits and has only letters, digits and @others. */
static bool copy_word(char *to, size_t size, const char *from,
		      const char *others)
{
	size_t i, length = strlen(from);

	if (length == 0 || length >= size)
		return false;

	for (i = 0; i < length; i++) {
		if (!isalnum((unsigned char)from[i]) && !strchr(others, from[i]))
			return false;
	}
	memcpy(to, from, length + 1);

	return true;
}

static bool copy_country(char to[3], const char *from)
{
	if (!islower((unsigned char)from[0]) || !islower((unsigned char)from[1]))
		return false;

	to[0] = from[0];
	to[1] = from[1];
	to[2] = '\0';

	return true;
}

static bool set_weight(struct relay *relay, json_int_t weight)
{
	if (weight < 0 || weight > WEIGHT_MAX)
		return false;

	relay->weight = (unsigned int)weight;

	return true;
}

/* What both forms have. Return: NULL; or what is wrong, static text. */
static const char *fill_relay(struct relay *relay, const char *hostname,
			      const char *ipv4, json_int_t weight,
			      const char *public_key)
{
	if (!copy_word(relay->hostname, sizeof(relay->hostname), hostname, "-."))
		return "not a host name";
	if (!copy_word(relay->ipv4, sizeof(relay->ipv4), ipv4, "."))
		return "not an address";
	if (!copy_word(relay->public_key, sizeof(relay->public_key),
		       public_key, "+/="))
		return "not a public key";
	if (!set_weight(relay, weight))
		return "not a weight";

	return NULL;
}

/*
 * As the public list has it. One that is not for choosing by country alone
 * gets the weight 0. Return: 1; 0 when it is not active; -EBADMSG.
 */
static int parse_relay(struct relay *ret_relay, json_t *json,
		       const json_t *locations, size_t index, char *error)
{
	const char *hostname, *location, *ipv4, *public_key, *wrong;
	int active, include_in_country;
	json_int_t weight;
	json_error_t where;

	if (json_unpack_ex(json, &where, 0, "{s:s, s:s, s:b, s:b, s:I, s:s, s:s}",
			   "hostname", &hostname, "location", &location,
			   "active", &active, "include_in_country",
			   &include_in_country, "weight", &weight,
			   "ipv4_addr_in", &ipv4, "public_key",
			   &public_key) < 0)
		return refuse(error, index, where.text);

	if (!json_object_get(locations, location))
		return refuse(error, index, "its location is not in the list");
	if (strlen(location) < 3 || location[2] != '-' ||
	    !copy_country(ret_relay->country, location))
		return refuse(error, index, "its location has no country");

	wrong = fill_relay(ret_relay, hostname, ipv4,
			   include_in_country ? weight : 0, public_key);
	if (wrong)
		return refuse(error, index, wrong);

	return active ? 1 : 0;
}

static int compare_relays(const void *a, const void *b)
{
	const struct relay *left = a, *right = b;
	int order = strcmp(left->country, right->country);

	return order ? order : strcmp(left->hostname, right->hostname);
}

static void sort(struct relay_list *list)
{
	qsort(list->relays, list->n_relays, sizeof(*list->relays),
	      compare_relays);
}

static int allocate(struct relay_list *list, size_t n_relays)
{
	list->n_relays = 0;
	list->relays = calloc(n_relays ? n_relays : 1, sizeof(*list->relays));

	return list->relays ? 0 : -ENOMEM;
}

static int parse_relays(struct relay_list *list, const json_t *relays,
			const json_t *locations, char *error)
{
	size_t index;
	json_t *json;
	int r;

	if (json_array_size(relays) > RELAY_LIST_MAX)
		return refuse(error, RELAY_LIST_MAX, "too many");

	r = allocate(list, json_array_size(relays));
	if (r < 0)
		return r;

	json_array_foreach(relays, index, json) {
		r = parse_relay(&list->relays[list->n_relays], json, locations,
				index, error);
		if (r < 0)
			return r;
		list->n_relays += (size_t)r;
	}
	if (list->n_relays == 0)
		return refuse(error, 0, "none is active");

	return 0;
}

int relay_list_parse(struct relay_list *ret_list, const char *text,
		     size_t n_bytes, char ret_error[RELAY_LIST_ERROR_MAX])
{
	struct relay_list list = { 0 };
	json_t *locations, *relays;
	json_auto_t *json = NULL;
	json_error_t where;
	int r;

	json = json_loadb(text, n_bytes, JSON_REJECT_DUPLICATES, &where);
	if (!json) {
		snprintf(ret_error, RELAY_LIST_ERROR_MAX, "byte %d: %s",
			 where.position, where.text);
		return -EBADMSG;
	}
	if (json_unpack_ex(json, &where, 0, "{s:o, s:{s:o}}", "locations",
			   &locations, "wireguard", "relays", &relays) < 0 ||
	    !json_is_object(locations) || !json_is_array(relays)) {
		snprintf(ret_error, RELAY_LIST_ERROR_MAX,
			 "no locations, or no list of relays");
		return -EBADMSG;
	}

	r = parse_relays(&list, relays, locations, ret_error);
	if (r < 0) {
		relay_list_deinit(&list);
		return r;
	}
	sort(&list);
	*ret_list = list;

	return 0;
}

/* The array of a country in the compact form, made when it is new. */
static json_t *country_array(json_t *compact, const char *country)
{
	json_t *array = json_object_get(compact, country);

	if (array)
		return array;
	if (json_object_set_new(compact, country, json_array()) < 0)
		return NULL;

	return json_object_get(compact, country);
}

json_t *relay_list_compact(const struct relay_list *list, const char *country)
{
	json_t *compact = json_object();
	size_t i;

	for (i = 0; compact && i < list->n_relays; i++) {
		const struct relay *relay = &list->relays[i];
		json_t *row;

		if (country && strcmp(relay->country, country) != 0)
			continue;

		row = json_pack("[ssis]", relay->hostname, relay->ipv4,
				(int)relay->weight, relay->public_key);
		if (json_array_append_new(country_array(compact, relay->country),
					  row) < 0) {
			json_decref(compact);
			return NULL;
		}
	}

	return compact;
}

static int read_row(struct relay *relay, const char *country, json_t *row)
{
	const char *hostname, *ipv4, *public_key;
	json_int_t weight;

	if (json_unpack(row, "[ssIs!]", &hostname, &ipv4, &weight,
			&public_key) < 0)
		return -EBADMSG;
	if (strlen(country) != 2 || !copy_country(relay->country, country))
		return -EBADMSG;
	if (fill_relay(relay, hostname, ipv4, weight, public_key))
		return -EBADMSG;

	return 0;
}

static size_t count_rows(const json_t *compact)
{
	const char *country;
	json_t *rows;
	size_t n = 0;

	/* the macro wants a json_t it could change; it does not */
	json_object_foreach((json_t *)compact, country, rows)
		n += json_array_size(rows);

	return n;
}

static int read_rows(struct relay_list *list, const json_t *compact)
{
	const char *country;
	json_t *rows, *row;
	size_t i;
	int r;

	json_object_foreach((json_t *)compact, country, rows) {
		json_array_foreach(rows, i, row) {
			r = read_row(&list->relays[list->n_relays], country,
				     row);
			if (r < 0)
				return r;
			list->n_relays++;
		}
	}

	return 0;
}

int relay_list_read(struct relay_list *ret_list, const json_t *compact)
{
	struct relay_list list = { 0 };
	size_t n_rows;
	int r;

	if (!json_is_object(compact))
		return -EBADMSG;
	n_rows = count_rows(compact);
	if (n_rows > RELAY_LIST_MAX)
		return -EBADMSG;

	r = allocate(&list, n_rows);
	if (r < 0)
		return r;

	r = read_rows(&list, compact);
	if (r < 0) {
		relay_list_deinit(&list);
		return r;
	}
	sort(&list);
	*ret_list = list;

	return 0;
}

size_t relay_list_n_countries(const struct relay_list *list)
{
	size_t i, n = 0;

	/* sorted by country, so a new one is a change */
	for (i = 0; i < list->n_relays; i++) {
		if (i == 0 || strcmp(list->relays[i].country,
				     list->relays[i - 1].country) != 0)
			n++;
	}

	return n;
}

/* All of a country weigh 0: then each weighs the same. */
static unsigned int weight_in(const struct relay *relay, bool equal)
{
	return equal ? 1 : relay->weight;
}

static uint64_t total_weight(const struct relay_list *list,
			     const char *country, bool equal)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < list->n_relays; i++) {
		if (strcmp(list->relays[i].country, country) == 0)
			total += weight_in(&list->relays[i], equal);
	}

	return total;
}

/*
 * Multiples of the golden ratio, without their whole part, never cluster: the
 * first n attempts are spread as evenly as n points can be.
 */
static uint64_t attempt_point(uint32_t attempt, uint64_t total)
{
	uint32_t fraction = (attempt + 1) * UINT32_C(0x9e3779b9);

	/* total is at most RELAY_LIST_MAX * WEIGHT_MAX: 2^31 */
	return fraction * total >> 32;
}

const struct relay *relay_list_select(const struct relay_list *list,
				      const char *country, uint32_t attempt)
{
	uint64_t total = total_weight(list, country, false), point;
	bool equal = total == 0;
	size_t i;

	if (equal)
		total = total_weight(list, country, true);
	point = attempt_point(attempt, total);

	for (i = 0; i < list->n_relays; i++) {
		const struct relay *relay = &list->relays[i];

		if (strcmp(relay->country, country) != 0)
			continue;
		if (point < weight_in(relay, equal))
			return relay;
		point -= weight_in(relay, equal);
	}

	return NULL;
}

void relay_list_deinit(struct relay_list *list)
{
	if (!list)
		return;

	free(list->relays);
	*list = (struct relay_list){ 0 };
}
