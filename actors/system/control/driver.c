/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * driver.c - the part of a message bus that clients insist on.
 *
 * There is no bus here, only two ends of a socket. But busctl(1) says Hello
 * and asks for names and matches before anything else, and is content with
 * these answers. Nothing is kept and nothing is ever sent on.
 */
#include <string.h>

#include "actors/system/control/driver.h"

#define DRIVER_NAME "org.freedesktop.DBus"
#define UNIQUE_NAME ":1.1"

static int method_hello(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	return sd_bus_reply_method_return(m, "s", UNIQUE_NAME);
}

static int method_nothing(sd_bus_message *m, void *userdata,
			  sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	return sd_bus_reply_method_return(m, NULL);
}

static int method_list_names(sd_bus_message *m, void *userdata,
			     sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	return sd_bus_reply_method_return(m, "as", 2, DRIVER_NAME,
					  CONTROL_NAME);
}

static int method_list_activatable(sd_bus_message *m, void *userdata,
				   sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	return sd_bus_reply_method_return(m, "as", 0);
}

static int method_name_has_owner(sd_bus_message *m, void *userdata,
				 sd_bus_error *error)
{
	const char *name;
	int r = sd_bus_message_read(m, "s", &name);

	(void)userdata;
	(void)error;
	if (r < 0)
		return r;

	return sd_bus_reply_method_return(m, "b",
					  !strcmp(name, CONTROL_NAME) ||
					  !strcmp(name, DRIVER_NAME));
}

static int method_get_name_owner(sd_bus_message *m, void *userdata,
				 sd_bus_error *error)
{
	const char *name;
	int r = sd_bus_message_read(m, "s", &name);

	(void)userdata;
	if (r < 0)
		return r;
	if (!strcmp(name, DRIVER_NAME))
		return sd_bus_reply_method_return(m, "s", DRIVER_NAME);
	if (!strcmp(name, CONTROL_NAME) || name[0] == ':')
		return sd_bus_reply_method_return(m, "s", ":1.0");

	return sd_bus_error_setf(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
				 "Nobody is called %s here", name);
}

/* our own are those of our namespaces and would only mislead */
static int method_get_credentials(sd_bus_message *m, void *userdata,
				  sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	return sd_bus_reply_method_return(m, "a{sv}", 0);
}

#define METHOD(name, in, out, function) \
	SD_BUS_METHOD(name, in, out, function, SD_BUS_VTABLE_UNPRIVILEGED)

static const sd_bus_vtable driver_vtable[] = {
	SD_BUS_VTABLE_START(0),
	METHOD("Hello", NULL, "s", method_hello),
	METHOD("AddMatch", "s", NULL, method_nothing),
	METHOD("RemoveMatch", "s", NULL, method_nothing),
	METHOD("ListNames", NULL, "as", method_list_names),
	METHOD("ListActivatableNames", NULL, "as", method_list_activatable),
	METHOD("NameHasOwner", "s", "b", method_name_has_owner),
	METHOD("GetNameOwner", "s", "s", method_get_name_owner),
	METHOD("GetConnectionCredentials", "s", "a{sv}",
	       method_get_credentials),
	SD_BUS_VTABLE_END,
};

int driver_install(struct client *client)
{
	return sd_bus_add_object_vtable(client->bus, NULL,
					"/org/freedesktop/DBus", DRIVER_NAME,
					driver_vtable, client);
}
