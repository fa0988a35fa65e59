/* SPDX-License-Identifier: MIT */
/*
 * xml.etree.ElementTree.XMLParser: a pyexpat parser with handlers of ours, which builds with a TreeBuilder
 * directly when the target is one. Feeding is serialised by pyexpat.
 *
 * The handlers are methods of a small object that knows the XMLParser without a count: were they methods of the
 * XMLParser itself, it and the whole tree would be a cycle, and die in a collection instead of at once.
 */
#include "core/modules/lazy/lazy.h"
#include "core/modules/xml/etree_internal.h"
#include "core/modules/xml/expat.h"

enum { EV_START, EV_END, EV_START_NS, EV_END_NS, EV_COMMENT, EV_PI, EV_COUNT };
static const char *const event_names[EV_COUNT] = {"start", "end", "start-ns", "end-ns", "comment", "pi"};
struct xparser {
    struct rt_object hdr;
    rt_slot parser, handlers, target, entity, names, doctype; /* names: what Expat says to what the tree says */
    rt_slot start, end, start_ns, end_ns, comment, pi, append; /* methods of the target, of the queue of events */
    bool native;                                     /* the target is exactly a TreeBuilder */
    bool events[EV_COUNT];
    struct known_name *known;                        /* KNOWN of them, or NULL; under the parser's lock */
};
/* A name that was seen, at the place that its hash says: most documents have few, and they come back. */
struct known_name {
    uint32_t hash;
    uint16_t length, brace; /* brace: the tree's name has one more, in front */
    rt_value name;          /* owned, ASCII, as the tree says it */
};
enum { KNOWN = 128 };
enum { SLOTS = 13 };
struct handlers {
    struct rt_object hdr;
    struct xparser *owner; /* uncounted: lives while it is parsing, and says when it goes */
};
static struct xparser *X(rt_value v) { return (struct xparser *)rt_ptr(v); }
static struct xparser *owner_of(rt_value handlers) { return ((struct handlers *)rt_ptr(handlers))->owner; }

rt_value etree_parse_error(struct rt_thread *ts)
{
    rt_value t = rt_interp_kept(ts, "_elementtree.ParseError");
    if (!rt_is_null(t) || rt_pending(ts))
        return t;
    rt_value base = rt_type_value(&rt_exc_SyntaxError), bases = rt_tuple_from(ts, &base, 1);
    t = rt_is_null(bases) ? bases : rt_type_derive(ts, "xml.etree.ElementTree.ParseError", bases, RT_NULL);
    rt_decref(ts, bases);
    if (!rt_is_null(t) && rt_interp_keep(ts, "_elementtree.ParseError", t) < 0)
        rt_clear(ts, &t);
    return t;
}
static rt_value raise_parse_error(struct rt_thread *ts, rt_value text, rt_value code, rt_value line, rt_value column)
{
    rt_value t = etree_parse_error(ts), e = rt_is_null(t) ? t : rt_call1(ts, t, text);
    rt_value position = rt_is_null(e) ? e : rt_tuple_pack(ts, 2, line, column);
    if (!rt_is_null(position) && rt_setattr_cstr(ts, e, "code", code) == 0 && rt_setattr_cstr(ts, e, "position", position) == 0)
        rt_raise_instance(ts, e);
    rt_decref(ts, position);
    rt_decref(ts, e);
    rt_decref(ts, t);
    return RT_NULL;
}
/* An error of Expat that is pending becomes a ParseError. */
static rt_value convert_error(struct rt_thread *ts)
{
    rt_value e = rt_exc_take(ts), t = rt_interp_kept(ts, "pyexpat.ExpatError"), v[4] = {RT_NULL, RT_NULL, RT_NULL, RT_NULL};
    static const char *const names[] = {"code", "lineno", "offset"};
    if (rt_is_null(t) || !rt_type_is_subtype(rt_type_of(e), rt_as_type(t))) {
        rt_decref(ts, t);
        rt_exc_put(ts, e);
        return RT_NULL;
    }
    bool ok = !rt_is_null(v[3] = rt_str(ts, e));
    for (int i = 0; i < 3 && ok; i++)
        ok = !rt_is_null(v[i] = rt_getattr_cstr(ts, e, names[i]));
    if (ok)
        raise_parse_error(ts, v[3], v[0], v[1], v[2]);
    for (int i = 0; i < 4; i++)
        rt_decref(ts, v[i]);
    rt_decref(ts, t);
    rt_decref(ts, e);
    return RT_NULL;
}

/* ---- handlers ---- */
/* Tells the queue of events; consumes what, gives it back. */
static rt_value report(struct rt_thread *ts, struct xparser *x, int event, rt_value what)
{
    if (rt_is_null(what) || !x->events[event])
        return what;
    rt_value f = rt_slot_get(ts, x, &x->append), pair = rt_tuple_pack(ts, 2, rt_str_intern_cstr(ts, event_names[event]), what);
    rt_value r = rt_is_null(f) || rt_is_null(pair) ? RT_NULL : rt_call1(ts, f, pair);
    rt_decref(ts, f);
    rt_decref(ts, pair);
    rt_decref(ts, r);
    if (rt_is_null(r))
        rt_clear(ts, &what);
    return what;
}
static rt_value done(struct rt_thread *ts, rt_value r)
{
    rt_decref(ts, r);
    return rt_is_null(r) ? r : RT_NONE;
}
/* "uri}name" is "{uri}name" in the tree; owned. */
static rt_value tree_name(struct rt_thread *ts, struct xparser *x, rt_value name)
{
    rt_value names = rt_slot_peek(&x->names), r = rt_dict_get(ts, names, name);
    if (!rt_is_null(r) || rt_pending(ts))
        return r;
    struct rt_str *s = rt_as_str(name);
    bool qualified = false;
    for (size_t i = 0; i < s->length && !qualified; i++)
        qualified = rt_str_at(s, i) == '}';
    r = qualified ? rt_str_format(ts, "{%U", name) : rt_newref(ts, name);
    if (!rt_is_null(r) && rt_dict_set(ts, names, name, r) < 0)
        rt_clear(ts, &r);
    return r;
}
static rt_value call_method(struct rt_thread *ts, struct xparser *x, rt_slot *method, const rt_value *args, uint32_t n)
{
    rt_value f = rt_slot_get(ts, x, method), r = rt_is_null(f) ? RT_NONE : rt_call(ts, f, args, n, RT_NULL);
    rt_decref(ts, f);
    return r;
}
static rt_value on_start(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct xparser *x = owner_of(self);
    if (!x || rt_args_count(ts, "start", n, 2, 2) < 0)
        return x ? RT_NULL : RT_NONE;
    rt_value a[2] = {tree_name(ts, x, args[0]), rt_dict_new(ts)}, r = RT_NULL;
    bool ok = !rt_is_null(a[0]) && !rt_is_null(a[1]);
    for (size_t i = 0, len = rt_list_len(args[1]); i + 1 < len && ok; i += 2) {
        rt_value k = rt_list_get(ts, args[1], i), v = rt_list_get(ts, args[1], i + 1), name = tree_name(ts, x, k);
        ok = !rt_is_null(name) && rt_dict_set(ts, a[1], name, v) == 0;
        rt_decref(ts, name);
        rt_decref(ts, k);
        rt_decref(ts, v);
    }
    if (ok)
        r = x->native ? tree_builder_start(ts, rt_slot_peek(&x->target), a[0], a[1]) : call_method(ts, x, &x->start, a, 2);
    rt_decref(ts, a[0]);
    rt_decref(ts, a[1]);
    return done(ts, report(ts, x, EV_START, r));
}
static rt_value on_end(struct rt_thread *ts, rt_value self, rt_value name)
{
    struct xparser *x = owner_of(self);
    rt_value tag = x ? tree_name(ts, x, name) : RT_NONE;
    if (!x || rt_is_null(tag))
        return tag;
    rt_value r = x->native ? tree_builder_end(ts, rt_slot_peek(&x->target)) : call_method(ts, x, &x->end, &tag, 1);
    rt_decref(ts, tag);
    return done(ts, report(ts, x, EV_END, r));
}
static rt_value on_start_ns(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct xparser *x = owner_of(self);
    if (!x || rt_args_count(ts, "start_ns", n, 2, 2) < 0)
        return x ? RT_NULL : RT_NONE;
    rt_value a[2] = {rt_is_none(args[0]) ? rt_str_empty() : args[0], rt_is_none(args[1]) ? rt_str_empty() : args[1]};
    rt_value r = rt_slot_peek(&x->start_ns).bits ? call_method(ts, x, &x->start_ns, a, 2) : rt_tuple_pack(ts, 2, a[0], a[1]);
    return done(ts, report(ts, x, EV_START_NS, r));
}
static rt_value on_end_ns(struct rt_thread *ts, rt_value self, rt_value prefix)
{
    struct xparser *x = owner_of(self);
    rt_value p = rt_is_none(prefix) ? rt_str_empty() : prefix;
    return x ? done(ts, report(ts, x, EV_END_NS, call_method(ts, x, &x->end_ns, &p, 1))) : RT_NONE;
}
static rt_value on_comment(struct rt_thread *ts, rt_value self, rt_value text)
{
    struct xparser *x = owner_of(self);
    return x ? done(ts, report(ts, x, EV_COMMENT, call_method(ts, x, &x->comment, &text, 1))) : RT_NONE;
}
static rt_value on_pi(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct xparser *x = owner_of(self);
    return x ? done(ts, report(ts, x, EV_PI, call_method(ts, x, &x->pi, args, n))) : RT_NONE;
}
static rt_value undefined_entity(struct rt_thread *ts, struct xparser *x, rt_value text)
{
    rt_value p = rt_slot_peek(&x->parser), line = rt_getattr_cstr(ts, p, "ErrorLineNumber"), column = rt_is_null(line) ? line : rt_getattr_cstr(ts, p, "ErrorColumnNumber");
    rt_value msg = rt_is_null(column) ? column : rt_str_format(ts, "undefined entity %U: line %S, column %S", text, line, column);
    if (!rt_is_null(msg))
        raise_parse_error(ts, msg, rt_int_imm(11), line, column);
    rt_decref(ts, msg);
    rt_decref(ts, line);
    rt_decref(ts, column);
    return RT_NULL;
}
static rt_value on_entity(struct rt_thread *ts, struct xparser *x, rt_value text)
{
    size_t n = rt_str_len(text);
    rt_value f = rt_getattr_opt_cstr(ts, rt_slot_peek(&x->target), "data"), name, v, r = RT_NULL;
    if (rt_is_null(f))
        return rt_pending(ts) ? f : RT_NONE;
    name = rt_str_sub(ts, text, 1, n > 1 ? n - 1 : 1);
    v = rt_is_null(name) ? name : rt_dict_get(ts, rt_slot_peek(&x->entity), name);
    if (!rt_is_null(v))
        r = done(ts, rt_call1(ts, f, v));
    else if (!rt_pending(ts))
        undefined_entity(ts, x, text);
    rt_decref(ts, v);
    rt_decref(ts, name);
    rt_decref(ts, f);
    return r;
}
/* The text without its first and last character. */
static rt_value inner(struct rt_thread *ts, rt_value s)
{
    size_t n = rt_str_len(s);
    return n >= 2 ? rt_str_sub(ts, s, 1, n - 1) : rt_str_empty();
}
/* parts: name, PUBLIC, public id, system id; or name, SYSTEM, system id */
static rt_value on_doctype(struct rt_thread *ts, struct xparser *x, rt_value parts)
{
    rt_value v[4], a[3], r = RT_NONE, f;
    size_t n = rt_list_len(parts);
    for (size_t i = 0; i < n; i++)
        v[i] = rt_list_get(ts, parts, i);
    bool public = n == 4 && rt_str_eq_cstr(v[1], "PUBLIC"), complete = public || (n == 3 && rt_str_eq_cstr(v[1], "SYSTEM"));
    if (complete) {
        f = rt_getattr_opt_cstr(ts, rt_slot_peek(&x->target), "doctype");
        a[0] = v[0];
        a[1] = public ? inner(ts, v[2]) : RT_NONE;
        a[2] = inner(ts, v[n - 1]);
        if (!rt_is_null(f)) {
            r = rt_is_null(a[1]) || rt_is_null(a[2]) ? RT_NULL : done(ts, rt_call(ts, f, a, 3, RT_NULL));
        } else if (rt_pending(ts)) {
            r = RT_NULL;
        } else {
            rt_value own = rt_getattr_opt_cstr(ts, rt_borrow(x), "doctype");
            if (rt_is_null(own) ? rt_pending(ts) : rt_warn(ts, &rt_exc_RuntimeWarning, 1, "The doctype() method of XMLParser is ignored.  "
                                                           "Define doctype() method on the TreeBuilder target.") < 0)
                r = RT_NULL;
            rt_decref(ts, own);
        }
        rt_decref(ts, f);
        rt_decref(ts, a[1]);
        rt_decref(ts, a[2]);
        rt_slot_set(ts, &x->doctype, RT_NULL);
    }
    for (size_t i = 0; i < n; i++)
        rt_decref(ts, v[i]);
    return r;
}
static rt_value on_default(struct rt_thread *ts, rt_value self, rt_value text)
{
    struct xparser *x = owner_of(self);
    if (!x)
        return RT_NONE;
    struct rt_str *s = rt_as_str(text);
    uint32_t first = s->length ? rt_str_at(s, 0) : 0;
    if (first == '&')
        return on_entity(ts, x, text);
    if (first == '<' && s->length >= 9 && rt_str_at(s, 1) == '!' && rt_str_at(s, 2) == 'D') {
        rt_value l = rt_list_new(ts, 4);
        rt_slot_set(ts, &x->doctype, l);
        return rt_is_null(l) ? l : RT_NONE;
    }
    rt_value parts = rt_slot_get(ts, x, &x->doctype);
    if (rt_is_null(parts))
        return RT_NONE;
    if (first == '>') {
        rt_slot_set(ts, &x->doctype, RT_NULL);
        rt_decref(ts, parts);
        return RT_NONE;
    }
    rt_value t = rt_call_method(ts, text, "strip", NULL, 0), r = rt_is_null(t) ? t : RT_NONE;
    if (!rt_is_null(t) && rt_str_len(t)) {
        r = rt_list_append(ts, parts, t) < 0 ? RT_NULL : RT_NONE;
        if (rt_list_len(parts) > 2 && rt_list_len(parts) <= 4 && !rt_is_null(r))
            r = on_doctype(ts, x, parts);
        else if (rt_list_len(parts) > 4)
            rt_slot_set(ts, &x->doctype, RT_NULL);
    }
    rt_decref(ts, t);
    rt_decref(ts, parts);
    return r;
}

static const struct rt_method_def handler_methods[] = {
    {"start", on_start, RT_METH_FAST, NULL}, {"end", on_end, RT_METH_O, NULL}, {"start_ns", on_start_ns, RT_METH_FAST, NULL}, {"end_ns", on_end_ns, RT_METH_O, NULL},
    {"comment", on_comment, RT_METH_O, NULL}, {"pi", on_pi, RT_METH_FAST, NULL}, {"default", on_default, RT_METH_O, NULL}, {NULL},
};
struct rt_type rt_xml_handlers_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_elementtree._handlers", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct handlers), .methods = handler_methods,
};

/* ---- into a TreeBuilder without calls ---- */
/* Expat's name as the tree says it; owned. */
static rt_value sink_name(struct rt_thread *ts, struct xparser *x, const char *s)
{
    uint32_t hash = 0;
    size_t n = 0;
    for (; s[n]; n++)
        hash = hash * 31 + (uint8_t)s[n];
    struct known_name *k = x->known ? &x->known[(hash ^ hash >> 7) % KNOWN] : NULL;
    if (k && k->hash == hash && k->length == n && !rt_is_null(k->name) &&
        !memcmp((const char *)rt_str_data(rt_as_str(k->name)) + k->brace, s, n))
        return rt_newref(ts, k->name);
    rt_value raw = rt_str_from_utf8(ts, s, n, NULL), name = rt_is_null(raw) ? raw : tree_name(ts, x, raw);
    rt_decref(ts, raw);
    if (k && n < UINT16_MAX && !rt_is_null(name) && rt_is_str_exact(name) && rt_as_str(name)->ascii) {
        rt_decref(ts, k->name);
        *k = (struct known_name){hash, (uint16_t)n, (uint16_t)(rt_str_len(name) - n), rt_newref(ts, name)};
    }
    return name;
}
static bool sink_start(struct rt_thread *ts, void *arg, const char *name, const char **atts)
{
    struct xparser *x = arg;
    rt_value tag = sink_name(ts, x, name), attrib = *atts && !rt_is_null(tag) ? rt_dict_new(ts) : RT_NULL, r = RT_NULL;
    bool ok = !rt_is_null(tag) && !(*atts && rt_is_null(attrib));
    for (; ok && *atts; atts += 2) {
        rt_value k = sink_name(ts, x, atts[0]), v = rt_is_null(k) ? k : rt_str_from_utf8(ts, atts[1], strlen(atts[1]), NULL);
        ok = !rt_is_null(v) && rt_dict_set(ts, attrib, k, v) == 0;
        rt_decref(ts, k);
        rt_decref(ts, v);
    }
    if (ok)
        r = report(ts, x, EV_START, tree_builder_start(ts, rt_slot_peek(&x->target), tag, attrib));
    rt_decref(ts, tag);
    rt_decref(ts, attrib);
    rt_decref(ts, r);
    return !rt_is_null(r);
}
static bool sink_end(struct rt_thread *ts, void *arg, const char *name)
{
    struct xparser *x = arg;
    rt_value r = report(ts, x, EV_END, tree_builder_end(ts, rt_slot_peek(&x->target)));
    rt_decref(ts, r);
    return !rt_is_null(r);
}
static bool sink_data(struct rt_thread *ts, void *arg, rt_value text)
{
    return tree_builder_data(ts, rt_slot_peek(&((struct xparser *)arg)->target), text);
}
static const struct rt_expat_sink sink = {sink_start, sink_end, sink_data};

/* ---- making one ---- */
static int set_handler(struct rt_thread *ts, rt_value self, const char *handler, const char *method)
{
    rt_value f = rt_getattr_cstr(ts, rt_slot_peek(&X(self)->handlers), method);
    int r = rt_is_null(f) ? -1 : rt_setattr_cstr(ts, rt_slot_peek(&X(self)->parser), handler, f);
    rt_decref(ts, f);
    return r;
}
/* The target's method into the slot; handler set when it has one. */
static int take_method(struct rt_thread *ts, rt_value self, rt_slot *slot, const char *name, const char *handler, const char *method)
{
    rt_value f = rt_getattr_opt_cstr(ts, rt_slot_peek(&X(self)->target), name);
    if (rt_is_null(f))
        return rt_pending(ts) ? -1 : 0;
    if (slot) {
        rt_slot_set(ts, slot, f);
        return set_handler(ts, self, handler, method);
    }
    int r = rt_setattr_cstr(ts, rt_slot_peek(&X(self)->parser), handler, f);
    rt_decref(ts, f);
    return r;
}
static void disown_handlers(struct xparser *x)
{
    rt_value h = rt_slot_peek(&x->handlers);
    if (rt_is_ptr(h))
        ((struct handlers *)rt_ptr(h))->owner = NULL;
}
static rt_value xparser_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return rt_type_alloc(ts, t); }
static int xparser_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"target", "encoding", NULL};
    static const struct rt_argspec spec = {"XMLParser", names, 0, 0, 0, 2};
    struct xparser *x = X(self);
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    rt_value create = rt_import_attr(ts, "pyexpat", "ParserCreate"), a[2] = {rt_is_null(v[1]) ? RT_NONE : v[1], rt_str_intern_cstr(ts, "}")};
    rt_value p = rt_is_null(create) ? create : rt_call(ts, create, a, 2, RT_NULL);
    rt_decref(ts, create);
    if (rt_is_null(p))
        return -1;
    rt_slot_set(ts, &x->parser, p);
    rt_value handlers = rt_type_alloc(ts, &rt_xml_handlers_type);
    if (rt_is_null(handlers))
        return -1;
    ((struct handlers *)rt_ptr(handlers))->owner = x;
    disown_handlers(x); /* of an __init__ before this one */
    rt_slot_set(ts, &x->handlers, handlers);
    rt_value target = rt_is_null(v[0]) || rt_is_none(v[0]) ? rt_call0(ts, rt_type_value(&rt_tree_builder_type)) : rt_newref(ts, v[0]);
    rt_slot_set(ts, &x->target, target);
    rt_slot_set(ts, &x->entity, rt_dict_new(ts));
    rt_slot_set(ts, &x->names, rt_dict_new(ts));
    if (rt_pending(ts))
        return -1;
    x->native = rt_is_exact(target, &rt_tree_builder_type);
    if (set_handler(ts, self, "DefaultHandlerExpand", "default") < 0 ||
        take_method(ts, self, &x->start, "start", "StartElementHandler", "start") < 0 || take_method(ts, self, &x->end, "end", "EndElementHandler", "end") < 0 ||
        take_method(ts, self, &x->start_ns, "start_ns", "StartNamespaceDeclHandler", "start_ns") < 0 ||
        take_method(ts, self, &x->end_ns, "end_ns", "EndNamespaceDeclHandler", "end_ns") < 0 ||
        take_method(ts, self, NULL, "data", "CharacterDataHandler", NULL) < 0 ||
        take_method(ts, self, &x->comment, "comment", "CommentHandler", "comment") < 0 ||
        take_method(ts, self, &x->pi, "pi", "ProcessingInstructionHandler", "pi") < 0)
        return -1;
    if (x->native) {
        if (!x->known)
            x->known = rt_raw_calloc(KNOWN, sizeof *x->known); /* without it names take longer */
        rt_expat_set_sink(p, &sink, x);
    }
    return rt_setattr_cstr(ts, p, "buffer_text", RT_TRUE) < 0 || rt_setattr_cstr(ts, p, "ordered_attributes", RT_TRUE) < 0 ? -1 : 0;
}
static bool ready(struct rt_thread *ts, struct xparser *x)
{
    if (rt_slot_peek(&x->target).bits)
        return true;
    rt_raise(ts, &rt_exc_ValueError, "XMLParser.__init__() wasn't called");
    return false;
}
static rt_value parse(struct rt_thread *ts, struct xparser *x, rt_value data, bool final)
{
    rt_value p = rt_slot_get(ts, x, &x->parser), a[2] = {data, rt_bool(final)}, r = rt_call_method(ts, p, "Parse", a, 2);
    rt_decref(ts, p);
    return rt_is_null(r) ? convert_error(ts) : done(ts, r);
}
static rt_value feed(struct rt_thread *ts, rt_value self, rt_value data) { return ready(ts, X(self)) ? parse(ts, X(self), data, false) : RT_NULL; }
static rt_value close_parser(struct rt_thread *ts, rt_value self)
{
    struct xparser *x = X(self);
    if (!ready(ts, x) || rt_is_null(parse(ts, x, rt_bytes_empty(), true)))
        return RT_NULL;
    rt_value f = rt_getattr_opt_cstr(ts, rt_slot_peek(&x->target), "close"), r;
    if (rt_is_null(f))
        return rt_pending(ts) ? f : RT_NONE;
    r = rt_call0(ts, f);
    rt_decref(ts, f);
    return r;
}
static rt_value set_events(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    static const char *const handlers[EV_COUNT][2] = {[EV_START_NS] = {"StartNamespaceDeclHandler", "start_ns"}, [EV_END_NS] = {"EndNamespaceDeclHandler", "end_ns"}};
    struct xparser *x = X(self);
    if (rt_args_count(ts, "_setevents", n, 2, 2) < 0 || !ready(ts, x))
        return RT_NULL;
    if (!x->native)
        return rt_raise(ts, &rt_exc_TypeError, "event handling only supported for ElementTree.TreeBuilder targets");
    rt_value append = rt_getattr_cstr(ts, args[0], "append"), seq = rt_is_null(append) ? append : rt_seq_list(ts, args[1]);
    if (rt_is_null(append))
        return append;
    rt_slot_set(ts, &x->append, append);
    memset(x->events, 0, sizeof x->events);
    for (size_t i = 0; !rt_is_null(seq) && i < rt_list_len(seq) && !rt_pending(ts); i++) {
        rt_value name = rt_list_get(ts, seq, i);
        int k = EV_COUNT;
        if (!rt_is_str(name))
            rt_raise(ts, &rt_exc_ValueError, "invalid events sequence");
        else
            for (k = 0; k < EV_COUNT && !rt_str_eq_cstr(name, event_names[k]); k++)
                ;
        if (k < EV_COUNT) {
            x->events[k] = true;
            if (handlers[k][0])
                set_handler(ts, self, handlers[k][0], handlers[k][1]);
        } else if (!rt_pending(ts)) {
            rt_raise(ts, &rt_exc_ValueError, "unknown event '%U'", name);
        }
        rt_decref(ts, name);
    }
    rt_decref(ts, seq);
    return rt_pending(ts) ? RT_NULL : RT_NONE;
}

/* ---- life ---- */
static int xparser_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    for (rt_slot *s = &((struct xparser *)o)->parser, *stop = s + SLOTS; s < stop; s++) {
        rt_value v = rt_slot_peek(s);
        int r = rt_is_ptr(v) ? visit(v, arg) : 0;
        if (r)
            return r;
    }
    return 0;
}
static void xparser_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct xparser *x = (struct xparser *)o;
    rt_value p = rt_slot_peek(&x->parser);
    if (rt_is_ptr(p))
        rt_expat_set_sink(p, NULL, NULL);
    disown_handlers(x);
    for (size_t i = 0; x->known && i < KNOWN; i++)
        rt_clear(ts, &x->known[i].name);
    rt_raw_free(x->known);
    x->known = NULL;
    for (rt_slot *s = &((struct xparser *)o)->parser, *stop = s + SLOTS; s < stop; s++)
        rt_slot_clear(ts, o, s);
}
static rt_value get_entity(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value v = rt_slot_get(ts, X(self), &X(self)->entity);
    return rt_is_null(v) ? RT_NONE : v;
}
static rt_value get_target(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value v = rt_slot_get(ts, X(self), &X(self)->target);
    return rt_is_null(v) ? RT_NONE : v;
}
static rt_value get_version(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value v = rt_import_attr(ts, "pyexpat", "version_info"), r;
    if (rt_is_null(v))
        return v;
    rt_value *n = rt_as_tuple(v)->items;
    r = rt_str_format(ts, "Expat %S.%S.%S", n[0], n[1], n[2]);
    rt_decref(ts, v);
    return r;
}
static const struct rt_getset_def getset[] = {{"entity", get_entity}, {"target", get_target}, {"version", get_version}, {NULL}};
static const struct rt_method_def methods[] = {
    {"feed", feed, RT_METH_O, "feed($self, data, /)\n--\n\n"}, {"close", close_parser, RT_METH_NOARGS, "close($self, /)\n--\n\n"},
    {"_setevents", set_events, RT_METH_FAST, "_setevents($self, events_queue, events_to_report=None, /)\n--\n\n"},
    {NULL},
};
struct rt_type rt_xml_parser_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "xml.etree.ElementTree.XMLParser", .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct xparser), .dealloc = xparser_clear,
    .clear = xparser_clear, .traverse = xparser_traverse, .new = xparser_new, .init = xparser_init, .methods = methods, .getset = getset,
};
