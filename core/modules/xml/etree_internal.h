/* SPDX-License-Identifier: MIT */
/*
 * _elementtree: Element, its iterators and TreeBuilder. What its files share.
 *
 * The children of an element are a Python list of its own (made with the first child), so that readers
 * and writers in several threads meet in the list's rules. Nobody else ever sees that list.
 */
#ifndef RT_MODULES_ETREE_INTERNAL_H
#define RT_MODULES_ETREE_INTERNAL_H

#include "core/object/native.h"

struct element {
    struct rt_object hdr;
    rt_slot tag, text, tail; /* RT_NULL: None */
    rt_slot attrib;          /* dict; RT_NULL: empty */
    rt_slot children;        /* list; RT_NULL: none */
};
extern struct rt_type rt_element_type, rt_element_iter_type, rt_tree_builder_type, rt_xml_parser_type, rt_xml_handlers_type;
#define AS_ELEMENT(v) ((struct element *)rt_ptr(v))
RT_INLINE bool is_element(rt_value v)
{
    return rt_is_ptr(v) && (rt_type_of_obj(rt_ptr(v)) == &rt_element_type || rt_type_is_subtype(rt_type_of(v), &rt_element_type));
}
/* [attached; nopy; new ref] attrib: dict to keep, or RT_NULL */
rt_value element_new(struct rt_thread *ts, rt_value tag, rt_value attrib);
/* Append a child; 0 or -1. [attached; nopy] */
int element_append(struct rt_thread *ts, rt_value self, rt_value child);
RT_INLINE rt_value element_children(struct rt_thread *ts, struct element *e) { return rt_slot_get(ts, e, &e->children); } /* owned or RT_NULL */
rt_value element_slot(struct rt_thread *ts, struct element *e, rt_slot *s); /* None for RT_NULL */
rt_value element_iter(struct rt_thread *ts, rt_value self, rt_value tag, bool text);
/* Comment and ProcessingInstruction as the library has set them: owned, or RT_NULL without an exception. */
rt_value etree_factory(struct rt_thread *ts, int which);

/* TreeBuilder's start, data and end, for a parser. [attached; py; new ref] attrib: dict to keep, or RT_NULL */
rt_value tree_builder_start(struct rt_thread *ts, rt_value builder, rt_value tag, rt_value attrib);
bool tree_builder_data(struct rt_thread *ts, rt_value builder, rt_value text); /* false: raised */
rt_value tree_builder_end(struct rt_thread *ts, rt_value builder);
rt_value etree_parse_error(struct rt_thread *ts); /* the class, of this interpreter */

#endif
