/* SPDX-License-Identifier: MIT */
/*
 * Expat's reports without Python calls, for xml.etree: a sink takes them instead of the parser's
 * StartElementHandler, EndElementHandler and CharacterDataHandler, which stay set. It is called inside Parse(), under
 * the parser's lock. False: an exception is set, and the parser stops.
 */
#ifndef RT_MODULES_EXPAT_H
#define RT_MODULES_EXPAT_H

#include "core/object/native.h"

struct rt_expat_sink {
    bool (*start)(struct rt_thread *ts, void *arg, const char *name, const char **attributes); /* name, value, ... NULL */
    bool (*end)(struct rt_thread *ts, void *arg, const char *name);
    bool (*data)(struct rt_thread *ts, void *arg, rt_value text);
};
/* [attached; nopy] parser: a pyexpat parser that nobody else uses yet. arg lives as long as it is parsing. */
void rt_expat_set_sink(rt_value parser, const struct rt_expat_sink *sink, void *arg);

#endif
