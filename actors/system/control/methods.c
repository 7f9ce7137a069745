/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * methods.c - the interface org.actorproc.Control1.
 *
 * The table of its methods; what they do is in questions.c, delivery.c and
 * letters.c. Structured answers are JSON text: a person at busctl(1) can read
 * it, and new fields break nobody.
 */
#include "actors/system/control/delivery.h"
#include "actors/system/control/letters.h"
#include "actors/system/control/methods.h"
#include "actors/system/control/questions.h"

static int property_system(sd_bus *bus, const char *path,
			   const char *interface, const char *property,
			   sd_bus_message *reply, void *userdata,
			   sd_bus_error *error)
{
	const struct client *client = userdata;

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append(reply, "s", client->control->system);
}

#define METHOD(name, in, in_names, out, out_names, function)		  \
	SD_BUS_METHOD_WITH_NAMES(name, in, in_names, out, out_names,	  \
				 function, 0)

static const sd_bus_vtable methods_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("System", "s", property_system, 0,
			SD_BUS_VTABLE_PROPERTY_CONST),
	METHOD("Tree", "s", SD_BUS_PARAM(path),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Show", "s", SD_BUS_PARAM(path),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Why", "s", SD_BUS_PARAM(path),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Mailbox", "s", SD_BUS_PARAM(path),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Audit", "s", SD_BUS_PARAM(path),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Start", "s", SD_BUS_PARAM(path), NULL,, questions_method),
	METHOD("Stop", "s", SD_BUS_PARAM(path), NULL,, questions_method),
	METHOD("Restart", "s", SD_BUS_PARAM(path), NULL,, questions_method),
	METHOD("Kill", "s", SD_BUS_PARAM(path), NULL,, questions_method),
	METHOD("Pause", "s", SD_BUS_PARAM(path), NULL,, questions_method),
	METHOD("Unpause", "s", SD_BUS_PARAM(path), NULL,, questions_method),
	METHOD("Spawn", "sss",
	       SD_BUS_PARAM(path) SD_BUS_PARAM(template) SD_BUS_PARAM(name),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Upgrade", "s", SD_BUS_PARAM(path), NULL,, questions_method),
	METHOD("Learn", "s", SD_BUS_PARAM(path), NULL,, questions_method),
	METHOD("Learned", "s", SD_BUS_PARAM(path),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Reload", "s", SD_BUS_PARAM(mode),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Reexec", "s", SD_BUS_PARAM(binary),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Metrics", "s", SD_BUS_PARAM(mode),
	       "s", SD_BUS_PARAM(json), questions_method),
	METHOD("Version", NULL,, "s", SD_BUS_PARAM(version),
	       questions_method),
	METHOD("Tell", "ssyaybt",
	       SD_BUS_PARAM(path) SD_BUS_PARAM(type) SD_BUS_PARAM(content)
	       SD_BUS_PARAM(payload) SD_BUS_PARAM(wait)
	       SD_BUS_PARAM(timeout_us),
	       NULL,, delivery_method_tell),
	METHOD("Ask", "ssyayt",
	       SD_BUS_PARAM(path) SD_BUS_PARAM(type) SD_BUS_PARAM(content)
	       SD_BUS_PARAM(payload) SD_BUS_PARAM(timeout_us),
	       "syay", SD_BUS_PARAM(type) SD_BUS_PARAM(content)
	       SD_BUS_PARAM(payload), delivery_method_ask),
	METHOD("DeadLetters", "sstu",
	       SD_BUS_PARAM(path) SD_BUS_PARAM(reason) SD_BUS_PARAM(since_us)
	       SD_BUS_PARAM(limit),
	       "s", SD_BUS_PARAM(json), letters_method_list),
	METHOD("Counters", NULL,, "s", SD_BUS_PARAM(json),
	       letters_method_counters),
	SD_BUS_VTABLE_END,
};

int methods_install(struct client *client)
{
	return sd_bus_add_object_vtable(client->bus, NULL, CONTROL_PATH,
					CONTROL_INTERFACE, methods_vtable,
					client);
}
