/* SPDX-License-Identifier: 0BSD */
/*
 * relay_document.c - a relay list to serve, in the shape of the public one.
 *
 * Generated from a table of places, without chance: the same bytes and the
 * same entity tag in every run. Addresses are those reserved for
 * documentation, keys are numbers and open nothing. It never parses.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay_document.h"

#define DOCUMENT_BYTES_MAX (4 * 1024 * 1024)
#define KEY_BYTES 32
#define KEY_CHARS 44

struct place {
	const char *code;		/* country-city, as host names begin */
	const char *country;
	const char *city;
	double latitude;
	double longitude;
	unsigned int n_relays;
	const char *provider;
};

/* clang-format off */
static const struct place places[] = {
	{ "al-tia", "Albania",        "Tirana",         41.327953,  19.819025,  4, "iRegister" },
	{ "at-vie", "Austria",        "Vienna",         48.210033,  16.363449, 11, "M247" },
	{ "au-mel", "Australia",      "Melbourne",     -37.815018, 144.946014,  8, "hostuniversal" },
	{ "au-syd", "Australia",      "Sydney",        -33.861481, 151.205475, 14, "hostuniversal" },
	{ "be-bru", "Belgium",        "Brussels",       50.833333,   4.333333, 10, "M247" },
	{ "bg-sof", "Bulgaria",       "Sofia",          42.697511,  23.324089,  6, "M247" },
	{ "br-sao", "Brazil",         "Sao Paulo",     -23.533773, -46.625290,  8, "DataPacket" },
	{ "ca-tor", "Canada",         "Toronto",        43.666667, -79.416667, 16, "DataPacket" },
	{ "ca-van", "Canada",         "Vancouver",      49.250000,-123.100000,  8, "M247" },
	{ "ch-zrh", "Switzerland",    "Zurich",         47.366667,   8.550000, 24, "31173" },
	{ "cl-scl", "Chile",          "Santiago",      -33.448890, -70.669265,  4, "DataPacket" },
	{ "co-bog", "Colombia",       "Bogota",          4.624335, -74.063644,  4, "DataPacket" },
	{ "cz-prg", "Czech Republic", "Prague",         50.083333,  14.466667,  9, "DataPacket" },
	{ "de-ber", "Germany",        "Berlin",         52.520008,  13.404954, 12, "DataPacket" },
	{ "de-fra", "Germany",        "Frankfurt",      50.110924,   8.682127, 30, "31173" },
	{ "dk-cph", "Denmark",        "Copenhagen",     55.666667,  12.583333, 12, "M247" },
	{ "ee-tll", "Estonia",        "Tallinn",        59.436961,  24.753575,  4, "iRegister" },
	{ "es-mad", "Spain",          "Madrid",         40.408566,  -3.692220, 12, "DataPacket" },
	{ "fi-hel", "Finland",        "Helsinki",       60.192059,  24.945831, 14, "Creanova" },
	{ "fr-par", "France",         "Paris",          48.866667,   2.333333, 18, "DataPacket" },
	{ "gb-lon", "UK",             "London",         51.514125,  -0.093689, 24, "31173" },
	{ "gb-mnc", "UK",             "Manchester",     53.500000,  -2.216667, 10, "M247" },
	{ "gr-ath", "Greece",         "Athens",         37.983810,  23.727539,  4, "AltusHost" },
	{ "hk-hkg", "Hong Kong",      "Hong Kong",      22.283333, 114.150000,  8, "xtom" },
	{ "hr-zag", "Croatia",        "Zagreb",         45.815010,  15.981919,  4, "iRegister" },
	{ "hu-bud", "Hungary",        "Budapest",       47.500000,  19.083333,  7, "M247" },
	{ "ie-dub", "Ireland",        "Dublin",         53.350140,  -6.266155,  6, "M247" },
	{ "il-tlv", "Israel",         "Tel Aviv",       32.085300,  34.781768,  5, "xtom" },
	{ "it-mil", "Italy",          "Milan",          45.466667,   9.200000, 10, "M247" },
	{ "jp-tyo", "Japan",          "Tokyo",          35.685000, 139.751389, 16, "DataPacket" },
	{ "lv-rix", "Latvia",         "Riga",           56.946285,  24.105078,  3, "M247" },
	{ "mx-qro", "Mexico",         "Queretaro",      20.587956,-100.387968,  4, "DataPacket" },
	{ "nl-ams", "Netherlands",    "Amsterdam",      52.350000,   4.916667, 24, "31173" },
	{ "no-osl", "Norway",         "Oslo",           59.916667,  10.750000, 12, "Blix" },
	{ "no-svg", "Norway",         "Stavanger",      58.963333,   5.718889,  6, "Blix" },
	{ "pl-waw", "Poland",         "Warsaw",         52.250000,  21.000000,  9, "DataPacket" },
	{ "pt-lis", "Portugal",       "Lisbon",         38.736946,  -9.142685,  6, "M247" },
	{ "ro-buh", "Romania",        "Bucharest",      44.433333,  26.100000,  7, "M247" },
	{ "rs-beg", "Serbia",         "Belgrade",       44.787197,  20.457273,  4, "M247" },
	{ "se-got", "Sweden",         "Gothenburg",     57.708870,  11.974560, 20, "31173" },
	{ "se-mma", "Sweden",         "Malmo",          55.604981,  13.003822, 20, "31173" },
	{ "se-sto", "Sweden",         "Stockholm",      59.328900,  18.064900, 28, "31173" },
	{ "sg-sin", "Singapore",      "Singapore",       1.293056, 103.855833,  8, "DataPacket" },
	{ "sk-bts", "Slovakia",       "Bratislava",     48.148600,  17.107700,  4, "M247" },
	{ "ua-iev", "Ukraine",        "Kyiv",           50.450000,  30.523333,  4, "AltusHost" },
	{ "us-chi", "USA",            "Chicago IL",     41.881832, -87.623177, 14, "Tzulo" },
	{ "us-nyc", "USA",            "New York NY",    40.730610, -73.935242, 20, "M247" },
	{ "za-jnb", "South Africa",   "Johannesburg",  -26.195246,  28.034088,  4, "DataPacket" },
};
/* clang-format on */

#define N_PLACES (sizeof(places) / sizeof(places[0]))

/* reserved for documentation (RFC 5737): 254 hosts in each */
static const char *const networks[] = { "192.0.2", "198.51.100", "203.0.113" };

static uint64_t mix(uint64_t number)
{
	number += UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);

	return number ^ (number >> 31);
}

static void print_key(FILE *out, unsigned int index)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	unsigned char bytes[KEY_BYTES + 1] = { 0 };
	size_t i;

	for (i = 0; i < KEY_BYTES; i++)
		bytes[i] = (unsigned char)mix(index * UINT64_C(1000) + i);

	for (i = 0; i < KEY_CHARS - 1; i++) {
		size_t byte = i * 6 / 8, shift = i * 6 % 8;
		unsigned int pair = bytes[byte] * 256u + bytes[byte + 1];

		fputc(digits[(pair >> (10 - shift)) & 63], out);
	}
	fputc('=', out);
}

static void print_place(FILE *out, const struct place *place)
{
	fprintf(out,
		"\"%s\":{\"country\":\"%s\",\"city\":\"%s\","
		"\"latitude\":%.6f,\"longitude\":%.6f}",
		place->code, place->country, place->city, place->latitude,
		place->longitude);
}

static void print_relay(FILE *out, const struct place *place,
			unsigned int number, unsigned int index,
			const char *hostname)
{
	static const unsigned int weights[] = { 100, 100, 100, 50, 200 };
	uint64_t chance = mix(index);

	if (hostname)
		fprintf(out, "{\"hostname\":\"%s\"", hostname);
	else
		fprintf(out, "{\"hostname\":\"%s-wg-%03u\"", place->code,
			number);
	fprintf(out,
		",\"location\":\"%s\",\"active\":%s,\"owned\":%s,"
		"\"provider\":\"%s\",\"ipv4_addr_in\":\"%s.%u\","
		"\"include_in_country\":%s,\"weight\":%u,\"public_key\":\"",
		place->code, chance % 40 == 7 && number > 1 ? "false" : "true",
		strcmp(place->provider, "31173") == 0 ? "true" : "false",
		place->provider, networks[index / 254], index % 254 + 1,
		chance % 25 == 3 && number > 1 ? "false" : "true",
		weights[chance % 5]);
	print_key(out, index);
	fprintf(out, "\",\"ipv6_addr_in\":\"2001:db8:%x::a%02xf\"}",
		index / 254 + 1, index % 254 + 1);
}

static void print_relays(FILE *out, const char *poison_hostname)
{
	unsigned int number, index = 0;
	size_t i;

	for (i = 0; i < N_PLACES; i++) {
		for (number = 1; number <= places[i].n_relays; number++) {
			if (index > 0)
				fputc(',', out);
			print_relay(out, &places[i], number, index,
				    index == 0 ? poison_hostname : NULL);
			index++;
		}
	}
}

static void print_document(FILE *out, const char *poison_hostname)
{
	size_t i;

	fputs("{\"locations\":{", out);
	for (i = 0; i < N_PLACES; i++) {
		if (i > 0)
			fputc(',', out);
		print_place(out, &places[i]);
	}
	fputs("},\"wireguard\":{\"port_ranges\":[[53,53],[4000,33433],"
	      "[33565,51820],[52001,60000]],"
	      "\"ipv4_gateway\":\"10.64.0.1\","
	      "\"ipv6_gateway\":\"fc00:bbbb:bbbb:bb01::1\",\"relays\":[",
	      out);
	print_relays(out, poison_hostname);
	fputs("]},\"bridge\":{\"shadowsocks\":[],\"relays\":[]}}\n", out);
}

/* FNV-1a: tells two versions apart, which is all a tag is for */
static void stamp_etag(struct relay_document *document)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < document->n_bytes; i++) {
		hash ^= (unsigned char)document->bytes[i];
		hash *= UINT64_C(0x100000001b3);
	}
	snprintf(document->etag, sizeof(document->etag), "\"%016" PRIx64 "\"",
		 hash);
}

int relay_document_generate(struct relay_document *ret,
			    const char *poison_hostname)
{
	struct relay_document document = { 0 };
	FILE *out;

	out = open_memstream(&document.bytes, &document.n_bytes);
	if (!out)
		return -ENOMEM;

	print_document(out, poison_hostname);
	if (fclose(out) != 0) {
		free(document.bytes);
		return -ENOMEM;
	}

	stamp_etag(&document);
	*ret = document;

	return 0;
}

/* Return: 0 at the end of the file; negative errno. */
static int copy_file(FILE *in, FILE *out)
{
	char chunk[4096];
	size_t n, total = 0;

	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0) {
		total += n;
		if (total > DOCUMENT_BYTES_MAX)
			return -EFBIG;
		if (fwrite(chunk, 1, n, out) != n)
			return -ENOMEM;
	}

	return ferror(in) ? -EIO : 0;
}

int relay_document_load(struct relay_document *ret, const char *path)
{
	struct relay_document document = { 0 };
	FILE *in, *out;
	int r;

	in = fopen(path, "re");
	if (!in)
		return -errno;

	out = open_memstream(&document.bytes, &document.n_bytes);
	if (!out) {
		fclose(in);
		return -ENOMEM;
	}

	r = copy_file(in, out);
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	fclose(in);
	if (r < 0) {
		free(document.bytes);
		return r;
	}

	stamp_etag(&document);
	*ret = document;

	return 0;
}

void relay_document_deinit(struct relay_document *document)
{
	if (!document)
		return;

	free(document->bytes);
	*document = (struct relay_document){ 0 };
}
