/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system_tree.h - the tree of the bundled actors, as a config file's text.
 *
 * Pure.
 */
#pragma once

/** system_tree_name - what messages about it call it */
extern const char system_tree_name[];
/** system_tree_text - parsed with config_source.bundled */
extern const char system_tree_text[];
