/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * class.h - actors that are forked from one process. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "supervisord/config/spec.h"

/** class_is_shared() - would those made of this node be of one class? */
bool class_is_shared(const struct spec_node *node);
/**
 * class_of() - the node that stands for its class; NULL: it is of none
 *
 * That is the first of its instances, or its template.
 */
const struct spec_node *class_of(const struct spec_node *node);
/** class_size() - so many of a class there can be at a time, in one supervisor */
unsigned int class_size(const struct spec_node *class);
/** class_name() - without the number of an instance */
const char *class_name(const struct spec_node *class);
