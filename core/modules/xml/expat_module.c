/* SPDX-License-Identifier: MIT */
/*
 * pyexpat: the Expat parser with Python handlers.
 *
 * Expat calls back while Parse() runs, on the thread that called it (p->ts). A handler that raises stops
 * the parser; what Expat still reports until it returns is dropped. Parse() of one parser by several
 * threads is serialised; a handler may use its own parser, for the lock knows its owner.
 */
#include <expat.h>
#include <limits.h>
#include <stdio.h>

#include "core/modules/lazy/lazy.h"
#include "core/modules/xml/expat.h"
#include "core/sync/mutex.h"
#include "core/thread/runtime.h"

enum handler { H_START, H_END, H_PI, H_CHARS, H_UNPARSED, H_NOTATION, H_START_NS, H_END_NS, H_COMMENT, H_START_CDATA, H_END_CDATA,
               H_DEFAULT, H_DEFAULT_EXPAND, H_NOT_STANDALONE, H_EXTERNAL, H_START_DOCTYPE, H_END_DOCTYPE, H_ENTITY, H_XML_DECL,
               H_ELEMENT_DECL, H_ATTLIST, H_SKIPPED, H_COUNT };
struct parser {
    struct rt_object hdr;
    XML_Parser xp;
    struct rt_thread *ts; /* who is inside Parse(), else NULL; under the lock */
    struct rt_thread *_Atomic owner; /* of the lock: asked by whoever comes */
    _Atomic uint8_t lock;
    bool ordered, specified, ns_prefixes, buffering;
    char *text;           /* collected character data */
    int text_size, text_used;
    const struct rt_expat_sink *sink; /* or NULL; set before the first Parse() */
    void *sink_arg;
    rt_slot intern, parent, handlers[H_COUNT];
};
static struct rt_type parser_type;
#define P(v) ((struct parser *)rt_ptr(v))

static rt_value text_of(struct rt_thread *ts, const char *s) { return s ? rt_str_from_utf8(ts, s, strlen(s), NULL) : RT_NONE; }
/* A name: the same object each time. */
static rt_value name_of(struct parser *p, const char *s)
{
    rt_value v = text_of(p->ts, s), d = rt_slot_peek(&p->intern);
    if (rt_is_null(v) || rt_is_none(v) || !d.bits || !rt_is_dict(d))
        return v;
    rt_value r = rt_dict_setdefault(p->ts, d, v, v);
    rt_decref(p->ts, v);
    return r;
}

/* ---- errors ---- */
static rt_value raise_error(struct rt_thread *ts, struct parser *p, enum XML_Error code)
{
    int line = (int)XML_GetErrorLineNumber(p->xp), column = (int)XML_GetErrorColumnNumber(p->xp);
    rt_value t = rt_interp_kept(ts, "pyexpat.ExpatError"), msg = rt_str_format(ts, "%s: line %d, column %d", XML_ErrorString(code), line, column);
    rt_value e = rt_is_null(msg) ? msg : rt_call1(ts, t, msg);
    if (!rt_is_null(e)) {
        if (rt_setattr_cstr(ts, e, "code", rt_int_imm(code)) == 0 && rt_setattr_cstr(ts, e, "offset", rt_int_imm(column)) == 0 &&
            rt_setattr_cstr(ts, e, "lineno", rt_int_imm(line)) == 0)
            rt_raise_instance(ts, e);
    }
    rt_decref(ts, e);
    rt_decref(ts, msg);
    rt_decref(ts, t);
    return RT_NULL;
}

/* ---- calling handlers ---- */
/* Consumes the arguments. The result, or RT_NULL after an exception: the parser is stopped. */
static rt_value invoke(struct parser *p, enum handler h, const rt_value *args, uint32_t n)
{
    struct rt_thread *ts = p->ts;
    rt_value f = rt_slot_get(ts, p, &p->handlers[h]), r = RT_NONE;
    bool ok = !rt_pending(ts);
    for (uint32_t i = 0; i < n; i++)
        ok = ok && !rt_is_null(args[i]);
    if (!ok)
        r = RT_NULL;
    else if (f.bits && !rt_is_none(f))
        r = rt_call(ts, f, args, n, RT_NULL);
    rt_decref(ts, f);
    for (uint32_t i = 0; i < n; i++)
        rt_decref(ts, args[i]);
    if (rt_is_null(r))
        XML_StopParser(p->xp, XML_FALSE);
    return r;
}
static bool flush_text(struct parser *p)
{
    if (!p->text_used)
        return true;
    rt_value s = rt_str_from_utf8(p->ts, p->text, (size_t)p->text_used, NULL), r;
    p->text_used = 0;
    if (p->sink && !rt_is_null(s)) {
        bool taken = p->sink->data(p->ts, p->sink_arg, s);
        rt_decref(p->ts, s);
        if (!taken)
            XML_StopParser(p->xp, XML_FALSE);
        return taken;
    }
    r = invoke(p, H_CHARS, &s, 1);
    rt_decref(p->ts, r);
    return !rt_is_null(r);
}
static bool usable(struct parser *p, enum handler h)
{
    rt_value f = rt_slot_peek(&p->handlers[h]);
    return p->ts && !rt_pending(p->ts) && f.bits && !rt_is_none(f) && flush_text(p);
}
static void call(struct parser *p, enum handler h, uint32_t n, const rt_value *args)
{
    rt_value r = invoke(p, h, args, n);
    rt_decref(p->ts, r);
}
#define CALL(h, ...)                                             \
    do {                                                         \
        rt_value args_[] = {__VA_ARGS__};                        \
        call(p, h, sizeof args_ / sizeof *args_, args_);         \
    } while (0)
#define ENTER(h)           \
    struct parser *p = ud; \
    if (!usable(p, h))     \
        return
static void on_start(void *ud, const XML_Char *name, const XML_Char **atts)
{
    ENTER(H_START);
    struct rt_thread *ts = p->ts;
    if (p->sink) {
        if (!p->sink->start(ts, p->sink_arg, name, atts))
            XML_StopParser(p->xp, XML_FALSE);
        return;
    }
    int max = 0;
    if (p->specified)
        max = XML_GetSpecifiedAttributeCount(p->xp);
    else
        while (atts[max])
            max += 2;
    rt_value c = p->ordered ? rt_list_new(ts, (size_t)max) : rt_dict_new(ts);
    for (int i = 0; i < max && !rt_is_null(c); i += 2) {
        rt_value k = name_of(p, atts[i]), v = rt_is_null(k) ? k : text_of(ts, atts[i + 1]);
        int err = rt_is_null(v) ? -1 : p->ordered ? (rt_list_append(ts, c, k) < 0 || rt_list_append(ts, c, v) < 0) : rt_dict_set(ts, c, k, v);
        rt_decref(ts, k);
        rt_decref(ts, v);
        if (err)
            rt_clear(ts, &c);
    }
    CALL(H_START, name_of(p, name), c);
}
static void on_end(void *ud, const XML_Char *name)
{
    ENTER(H_END);
    if (!p->sink)
        CALL(H_END, name_of(p, name));
    else if (!p->sink->end(p->ts, p->sink_arg, name))
        XML_StopParser(p->xp, XML_FALSE);
}
void rt_expat_set_sink(rt_value parser, const struct rt_expat_sink *sink, void *arg)
{
    P(parser)->sink = sink;
    P(parser)->sink_arg = arg;
}
static void on_pi(void *ud, const XML_Char *target, const XML_Char *data) { ENTER(H_PI); CALL(H_PI, name_of(p, target), text_of(p->ts, data)); }
static void on_chars(void *ud, const XML_Char *s, int len)
{
    struct parser *p = ud;
    if (!p->ts || rt_pending(p->ts))
        return;
    if (p->buffering) {
        if (p->text_used + len > p->text_size && !flush_text(p))
            return;
        if (len <= p->text_size) {
            memcpy(p->text + p->text_used, s, (size_t)len);
            p->text_used += len;
            return;
        }
    }
    CALL(H_CHARS, rt_str_from_utf8(p->ts, s, (size_t)len, NULL));
}
static void on_unparsed(void *ud, const XML_Char *entity, const XML_Char *base, const XML_Char *sys, const XML_Char *pub, const XML_Char *notation)
{
    ENTER(H_UNPARSED);
    CALL(H_UNPARSED, name_of(p, entity), name_of(p, base), name_of(p, sys), name_of(p, pub), name_of(p, notation));
}
static void on_notation(void *ud, const XML_Char *name, const XML_Char *base, const XML_Char *sys, const XML_Char *pub)
{
    ENTER(H_NOTATION);
    CALL(H_NOTATION, name_of(p, name), name_of(p, base), name_of(p, sys), name_of(p, pub));
}
static void on_start_ns(void *ud, const XML_Char *prefix, const XML_Char *uri) { ENTER(H_START_NS); CALL(H_START_NS, name_of(p, prefix), name_of(p, uri)); }
static void on_end_ns(void *ud, const XML_Char *prefix) { ENTER(H_END_NS); CALL(H_END_NS, name_of(p, prefix)); }
static void on_comment(void *ud, const XML_Char *s) { ENTER(H_COMMENT); CALL(H_COMMENT, text_of(p->ts, s)); }
static void on_start_cdata(void *ud) { ENTER(H_START_CDATA); call(p, H_START_CDATA, 0, NULL); }
static void on_end_cdata(void *ud) { ENTER(H_END_CDATA); call(p, H_END_CDATA, 0, NULL); }
static void on_default(void *ud, const XML_Char *s, int len) { ENTER(H_DEFAULT); CALL(H_DEFAULT, rt_str_from_utf8(p->ts, s, (size_t)len, NULL)); }
static void on_default_expand(void *ud, const XML_Char *s, int len) { ENTER(H_DEFAULT_EXPAND); CALL(H_DEFAULT_EXPAND, rt_str_from_utf8(p->ts, s, (size_t)len, NULL)); }
static int int_result(struct parser *p, rt_value r)
{
    int x = rt_is_null(r) ? 0 : rt_as_int(p->ts, r);
    rt_decref(p->ts, r);
    if (rt_pending(p->ts)) {
        XML_StopParser(p->xp, XML_FALSE);
        return 0;
    }
    return x;
}
static int on_not_standalone(void *ud)
{
    struct parser *p = ud;
    return usable(p, H_NOT_STANDALONE) ? int_result(p, invoke(p, H_NOT_STANDALONE, NULL, 0)) : 0;
}
static int on_external(XML_Parser xp, const XML_Char *context, const XML_Char *base, const XML_Char *sys, const XML_Char *pub)
{
    struct parser *p = XML_GetUserData(xp);
    if (!usable(p, H_EXTERNAL))
        return 0;
    rt_value a[] = {text_of(p->ts, context), name_of(p, base), name_of(p, sys), name_of(p, pub)};
    return int_result(p, invoke(p, H_EXTERNAL, a, 4));
}
static void on_start_doctype(void *ud, const XML_Char *name, const XML_Char *sys, const XML_Char *pub, int internal)
{
    ENTER(H_START_DOCTYPE);
    CALL(H_START_DOCTYPE, name_of(p, name), name_of(p, sys), name_of(p, pub), rt_int_imm(internal));
}
static void on_end_doctype(void *ud) { ENTER(H_END_DOCTYPE); call(p, H_END_DOCTYPE, 0, NULL); }
static void on_entity(void *ud, const XML_Char *name, int parameter, const XML_Char *value, int len, const XML_Char *base, const XML_Char *sys, const XML_Char *pub, const XML_Char *notation)
{
    ENTER(H_ENTITY);
    CALL(H_ENTITY, name_of(p, name), rt_int_imm(parameter), value ? rt_str_from_utf8(p->ts, value, (size_t)len, NULL) : RT_NONE, name_of(p, base),
         name_of(p, sys), name_of(p, pub), name_of(p, notation));
}
static void on_xml_decl(void *ud, const XML_Char *version, const XML_Char *encoding, int standalone)
{
    ENTER(H_XML_DECL);
    CALL(H_XML_DECL, text_of(p->ts, version), text_of(p->ts, encoding), rt_int_imm(standalone));
}
/* (type, quantifier, name, children) */
static rt_value model_of(struct parser *p, const XML_Content *m)
{
    struct rt_thread *ts = p->ts;
    rt_value children = rt_tuple_new(ts, m->numchildren);
    for (unsigned i = 0; i < m->numchildren && !rt_is_null(children); i++) {
        rt_value c = rt_recursion_enter(ts, " in comparison") < 0 ? RT_NULL : model_of(p, &m->children[i]);
        if (!rt_is_null(c)) {
            rt_recursion_leave(ts);
            rt_as_tuple(children)->items[i] = c;
        } else {
            rt_clear(ts, &children);
        }
    }
    if (rt_is_null(children))
        return children;
    rt_value name = name_of(p, m->name), r = rt_is_null(name) ? name : rt_tuple_pack(ts, 4, rt_int_imm(m->type), rt_int_imm(m->quant), name, children);
    rt_decref(ts, name);
    rt_decref(ts, children);
    return r;
}
static void on_element_decl(void *ud, const XML_Char *name, XML_Content *model)
{
    struct parser *p = ud;
    if (usable(p, H_ELEMENT_DECL))
        CALL(H_ELEMENT_DECL, name_of(p, name), model_of(p, model));
    XML_FreeContentModel(p->xp, model);
}
static void on_attlist(void *ud, const XML_Char *el, const XML_Char *att, const XML_Char *type, const XML_Char *dflt, int required)
{
    ENTER(H_ATTLIST);
    CALL(H_ATTLIST, name_of(p, el), name_of(p, att), text_of(p->ts, type), text_of(p->ts, dflt), rt_int_imm(required));
}
static void on_skipped(void *ud, const XML_Char *name, int parameter) { ENTER(H_SKIPPED); CALL(H_SKIPPED, name_of(p, name), rt_int_imm(parameter)); }

typedef void (*set_fn)(XML_Parser, void (*)(void));
static const struct { const char *name; void *set, *callback; } handlers[H_COUNT] = {
    [H_START] = {"StartElementHandler", XML_SetStartElementHandler, on_start}, [H_END] = {"EndElementHandler", XML_SetEndElementHandler, on_end},
    [H_PI] = {"ProcessingInstructionHandler", XML_SetProcessingInstructionHandler, on_pi},
    [H_CHARS] = {"CharacterDataHandler", XML_SetCharacterDataHandler, on_chars},
    [H_UNPARSED] = {"UnparsedEntityDeclHandler", XML_SetUnparsedEntityDeclHandler, on_unparsed},
    [H_NOTATION] = {"NotationDeclHandler", XML_SetNotationDeclHandler, on_notation},
    [H_START_NS] = {"StartNamespaceDeclHandler", XML_SetStartNamespaceDeclHandler, on_start_ns},
    [H_END_NS] = {"EndNamespaceDeclHandler", XML_SetEndNamespaceDeclHandler, on_end_ns},
    [H_COMMENT] = {"CommentHandler", XML_SetCommentHandler, on_comment},
    [H_START_CDATA] = {"StartCdataSectionHandler", XML_SetStartCdataSectionHandler, on_start_cdata},
    [H_END_CDATA] = {"EndCdataSectionHandler", XML_SetEndCdataSectionHandler, on_end_cdata},
    [H_DEFAULT] = {"DefaultHandler", XML_SetDefaultHandler, on_default},
    [H_DEFAULT_EXPAND] = {"DefaultHandlerExpand", XML_SetDefaultHandlerExpand, on_default_expand},
    [H_NOT_STANDALONE] = {"NotStandaloneHandler", XML_SetNotStandaloneHandler, on_not_standalone},
    [H_EXTERNAL] = {"ExternalEntityRefHandler", XML_SetExternalEntityRefHandler, on_external},
    [H_START_DOCTYPE] = {"StartDoctypeDeclHandler", XML_SetStartDoctypeDeclHandler, on_start_doctype},
    [H_END_DOCTYPE] = {"EndDoctypeDeclHandler", XML_SetEndDoctypeDeclHandler, on_end_doctype},
    [H_ENTITY] = {"EntityDeclHandler", XML_SetEntityDeclHandler, on_entity}, [H_XML_DECL] = {"XmlDeclHandler", XML_SetXmlDeclHandler, on_xml_decl},
    [H_ELEMENT_DECL] = {"ElementDeclHandler", XML_SetElementDeclHandler, on_element_decl},
    [H_ATTLIST] = {"AttlistDeclHandler", XML_SetAttlistDeclHandler, on_attlist},
    [H_SKIPPED] = {"SkippedEntityHandler", XML_SetSkippedEntityHandler, on_skipped},
};
/* A one-byte encoding that Expat does not know, from Python's codec. */
static int on_encoding(void *ud, const XML_Char *name, XML_Encoding *info)
{
    struct parser *p = ud;
    char all[256];
    if (!p->ts || rt_pending(p->ts))
        return XML_STATUS_ERROR;
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    rt_value s = rt_str_decode(p->ts, all, 256, name, "replace");
    if (!rt_is_null(s) && rt_str_len(s) != 256) {
        rt_raise(p->ts, &rt_exc_ValueError, "multi-byte encodings are not supported");
        rt_clear(p->ts, &s);
    }
    if (rt_is_null(s))
        return XML_STATUS_ERROR;
    for (size_t i = 0; i < 256; i++) {
        uint32_t c = rt_str_at(rt_as_str(s), i);
        info->map[i] = c == 0xfffd ? -1 : (int)c;
    }
    rt_decref(p->ts, s);
    info->data = NULL;
    info->convert = NULL;
    info->release = NULL;
    return XML_STATUS_OK;
}

/* ---- parsing ---- */
/* true: the caller has to leave() */
static bool enter(struct rt_thread *ts, struct parser *p)
{
    if (rt_load_relaxed(&p->owner) == ts)
        return false;
    if (!rt_bytelock_try(&p->lock))
        rt_bytelock_acquire(ts, &p->lock, -1, 0);
    p->ts = ts;
    rt_store_relaxed(&p->owner, ts);
    return true;
}
static void leave(struct parser *p)
{
    p->ts = NULL;
    rt_store_relaxed(&p->owner, NULL);
    rt_bytelock_release(&p->lock);
}
static rt_value finish(struct rt_thread *ts, struct parser *p, int rc)
{
    if (rt_pending(ts))
        return RT_NULL;
    if (rc == 0)
        return raise_error(ts, p, XML_GetErrorCode(p->xp));
    return flush_text(p) ? rt_int_imm(rc) : RT_NULL;
}
static rt_value p_Parse(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct parser *p = P(self);
    struct rt_buffer b = {0};
    size_t len;
    if (rt_args_count(ts, "Parse", n, 1, 2) < 0)
        return RT_NULL;
    int final = n > 1 ? rt_truth(ts, a[1]) : 0;
    if (final < 0)
        return RT_NULL;
    const char *s;
    bool text = rt_is_str(a[0]);
    if (text) {
        s = rt_str_utf8(ts, a[0], &len);
        if (!s)
            return RT_NULL;
    } else {
        if (rt_buffer_get(ts, a[0], &b, RT_BUF_SIMPLE) < 0)
            return RT_NULL;
        s = b.buf;
        len = (size_t)b.len;
    }
    bool mine = enter(ts, p);
    int rc = 1;
    if (text)
        (void)XML_SetEncoding(p->xp, "utf-8");
    while (len > 1 << 20 && rc && !rt_pending(ts)) {
        rc = XML_Parse(p->xp, s, 1 << 20, 0);
        s += 1 << 20;
        len -= 1 << 20;
    }
    if (rc && !rt_pending(ts))
        rc = XML_Parse(p->xp, s, (int)len, final);
    rt_value r = finish(ts, p, rc);
    if (mine)
        leave(p);
    if (!text)
        rt_buffer_release(ts, &b);
    return r;
}
static rt_value p_ParseFile(struct rt_thread *ts, rt_value self, rt_value file)
{
    struct parser *p = P(self);
    rt_value read = rt_getattr_opt_cstr(ts, file, "read"), r = RT_NULL;
    if (rt_is_null(read))
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_TypeError, "argument must have 'read' attribute");
    bool mine = enter(ts, p);
    for (int rc = 1, last = 0; rc && !last;) {
        rt_value chunk = rt_call1(ts, read, rt_int_imm(2048));
        struct rt_buffer b;
        if (rt_is_null(chunk))
            break;
        if (rt_is_str(chunk) || !rt_has_buffer(chunk)) {
            rt_raise(ts, &rt_exc_TypeError, "read() did not return a bytes object (type=%.400s)", rt_typename(chunk));
            rt_decref(ts, chunk);
            break;
        }
        if (rt_buffer_get(ts, chunk, &b, RT_BUF_SIMPLE) < 0) {
            rt_decref(ts, chunk);
            break;
        }
        last = b.len == 0;
        rc = b.len > 2048 ? -1 : (int)XML_Parse(p->xp, b.buf, (int)b.len, last);
        if (rc < 0)
            rt_raise(ts, &rt_exc_ValueError, "read() returned too much data: 2048 bytes requested, %lld returned", (long long)b.len);
        rt_buffer_release(ts, &b);
        rt_decref(ts, chunk);
        r = finish(ts, p, rc);
        if (rt_is_null(r))
            break;
    }
    if (mine)
        leave(p);
    rt_decref(ts, read);
    return r;
}
static rt_value p_SetBase(struct rt_thread *ts, rt_value self, rt_value v)
{
    const char *s = rt_is_str(v) ? rt_str_utf8_nonul(ts, v) : NULL;
    if (!s)
        return rt_pending(ts) ? RT_NULL : rt_raise_arg_type(ts, "SetBase", "base", "str", v);
    return XML_SetBase(P(self)->xp, s) ? RT_NONE : rt_raise_no_memory(ts);
}
static rt_value p_GetBase(struct rt_thread *ts, rt_value self) { return text_of(ts, XML_GetBase(P(self)->xp)); }
static rt_value p_GetInputContext(struct rt_thread *ts, rt_value self)
{
    struct parser *p = P(self);
    int offset, size;
    const char *s = rt_load_relaxed(&p->owner) == ts ? XML_GetInputContext(p->xp, &offset, &size) : NULL;
    return s ? rt_bytes_new(ts, s + offset, (size_t)(size - offset)) : RT_NONE;
}
static rt_value p_SetParamEntityParsing(struct rt_thread *ts, rt_value self, rt_value v)
{
    int flag = rt_as_int(ts, v);
    return rt_pending(ts) ? RT_NULL : rt_int_imm(XML_SetParamEntityParsing(P(self)->xp, (enum XML_ParamEntityParsing)flag));
}
static rt_value p_UseForeignDTD(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    int flag = n ? rt_truth(ts, a[0]) : 1;
    if (flag < 0)
        return RT_NULL;
    enum XML_Error e = XML_UseForeignDTD(P(self)->xp, flag ? XML_TRUE : XML_FALSE);
    return e == XML_ERROR_NONE ? RT_NONE : raise_error(ts, P(self), e);
}
static rt_value make(struct rt_thread *ts, XML_Parser xp, rt_value intern, rt_value parent)
{
    rt_value v = xp ? rt_type_alloc(ts, &parser_type) : rt_raise(ts, &rt_exc_RuntimeError, "XML_ParserCreate failed");
    if (rt_is_null(v)) {
        if (xp)
            XML_ParserFree(xp);
        return v;
    }
    struct parser *p = P(v);
    p->xp = xp;
    p->text_size = 8192;
    rt_slot_init(&p->intern, rt_newref(ts, intern));
    rt_slot_init(&p->parent, rt_newref(ts, parent));
    XML_SetUserData(xp, p);
    XML_SetUnknownEncodingHandler(xp, on_encoding, p);
    return v;
}
static rt_value p_External(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct parser *p = P(self);
    if (rt_args_count(ts, "ExternalEntityParserCreate", n, 1, 2) < 0)
        return RT_NULL;
    const char *context = rt_is_none(a[0]) ? NULL : rt_is_str(a[0]) ? rt_str_utf8_nonul(ts, a[0]) : (rt_raise_arg_type(ts, "ExternalEntityParserCreate", "argument 1", "str or None", a[0]), NULL);
    const char *encoding = n > 1 && !rt_pending(ts) && rt_is_str(a[1]) ? rt_str_utf8_nonul(ts, a[1]) : NULL;
    if (rt_pending(ts))
        return RT_NULL;
    rt_value v = make(ts, XML_ExternalEntityParserCreate(p->xp, context, encoding), rt_slot_peek(&p->intern), self);
    if (rt_is_null(v))
        return v;
    struct parser *q = P(v);
    q->ordered = p->ordered;
    q->specified = p->specified;
    q->ns_prefixes = p->ns_prefixes;
    q->text_size = p->text_size;
    if (p->text && (q->text = rt_raw_malloc((size_t)q->text_size)))
        q->buffering = p->buffering;
    for (int h = 0; h < H_COUNT; h++) {
        rt_value f = rt_slot_get(ts, p, &p->handlers[h]);
        rt_slot_init(&q->handlers[h], f);
        if (f.bits && !rt_is_none(f))
            ((set_fn)handlers[h].set)(q->xp, (void (*)(void))handlers[h].callback);
    }
    return v;
}
static const struct rt_method_def parser_methods[] = {
    {"Parse", p_Parse, RT_METH_FAST, "Parse($self, data, isfinal=False, /)\n--\n\nParse XML data.\n\n'isfinal' should be true at end of input."},
    {"ParseFile", p_ParseFile, RT_METH_O, "ParseFile($self, file, /)\n--\n\nParse XML data from file-like object."},
    {"SetBase", p_SetBase, RT_METH_O, "SetBase($self, base, /)\n--\n\nSet the base URL for the parser."},
    {"GetBase", p_GetBase, RT_METH_NOARGS, "GetBase($self, /)\n--\n\nReturn base URL string for the parser."},
    {"GetInputContext", p_GetInputContext, RT_METH_NOARGS, "GetInputContext($self, /)\n--\n\nReturn the untranslated text of the input that caused the current event.\n\nIf the event was generated by a large amount of text (such as a start tag\nfor an element with many attributes), not all of the text may be available."},
    {"ExternalEntityParserCreate", p_External, RT_METH_FAST, "ExternalEntityParserCreate($self, context, encoding=None, /)\n--\n\nCreate a parser for parsing an external entity based on the information passed to the ExternalEntityRefHandler."},
    {"SetParamEntityParsing", p_SetParamEntityParsing, RT_METH_O, "SetParamEntityParsing($self, flag, /)\n--\n\nControls parsing of parameter entities (including the external DTD subset)."},
    {"UseForeignDTD", p_UseForeignDTD, RT_METH_FAST, "UseForeignDTD($self, flag=True, /)\n--\n\nAllows the application to provide an artificial external subset if one is not specified as part of the document instance."},
    {NULL},
};

/* ---- attributes ---- */
static rt_value get_handler(struct rt_thread *ts, rt_value self, void *h)
{
    rt_value v = rt_slot_get(ts, P(self), &P(self)->handlers[(intptr_t)h]);
    return rt_is_null(v) ? RT_NONE : v;
}
static int set_handler(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    struct parser *p = P(self);
    intptr_t h = (intptr_t)c;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Cannot delete attribute");
        return -1;
    }
    bool mine = enter(ts, p);
    int rc = h == H_CHARS && !mine && !flush_text(p) ? -1 : 0;
    if (rc == 0) {
        rt_slot_set(ts, &p->handlers[h], rt_is_none(v) ? RT_NULL : rt_newref(ts, v));
        /* Removing it inside a callback of character data would make Expat jump to NULL: an empty one stays. */
        ((set_fn)handlers[h].set)(p->xp, rt_is_none(v) && !(h == H_CHARS && !mine) ? NULL : (void (*)(void))handlers[h].callback);
    }
    if (mine)
        leave(p);
    return rc;
}
enum { F_ERROR_CODE, F_ERROR_LINE, F_ERROR_COLUMN, F_ERROR_BYTE, F_LINE, F_COLUMN, F_BYTE, F_BUFFER_SIZE, F_BUFFER_TEXT, F_BUFFER_USED,
       F_PREFIXES, F_ORDERED, F_SPECIFIED, F_INTERN };
static rt_value field_locked(struct rt_thread *ts, struct parser *p, intptr_t f)
{
    switch (f) {
    case F_ERROR_CODE: return rt_int_imm(XML_GetErrorCode(p->xp));
    case F_ERROR_LINE: case F_LINE: return rt_int_imm((int64_t)XML_GetCurrentLineNumber(p->xp));
    case F_ERROR_COLUMN: case F_COLUMN: return rt_int_imm((int64_t)XML_GetCurrentColumnNumber(p->xp));
    case F_ERROR_BYTE: case F_BYTE: return rt_int_imm(XML_GetCurrentByteIndex(p->xp));
    case F_BUFFER_SIZE: return rt_int_imm(p->text_size);
    case F_BUFFER_TEXT: return rt_bool(p->buffering);
    case F_BUFFER_USED: return rt_int_imm(p->text_used);
    case F_PREFIXES: return rt_bool(p->ns_prefixes);
    case F_ORDERED: return rt_bool(p->ordered);
    case F_SPECIFIED: return rt_bool(p->specified);
    default: {
        rt_value v = rt_slot_get(ts, p, &p->intern);
        return rt_is_null(v) ? RT_NONE : v;
    }
    }
}
static rt_value get_field(struct rt_thread *ts, rt_value self, void *f)
{
    bool mine = enter(ts, P(self));
    rt_value r = field_locked(ts, P(self), (intptr_t)f);
    if (mine)
        leave(P(self));
    return r;
}
static int set_text_size(struct rt_thread *ts, struct parser *p, rt_value v, bool inside)
{
    if (!rt_is_any_int(v)) {
        rt_raise(ts, &rt_exc_TypeError, "buffer_size must be an integer");
        return -1;
    }
    int64_t n = rt_as_i64(ts, v);
    if (rt_pending(ts))
        return -1;
    if (n <= 0 || n > INT_MAX) {
        rt_raise(ts, &rt_exc_ValueError, n <= 0 ? "buffer_size must be greater than zero" : "buffer_size must not be greater than %i", INT_MAX);
        return -1;
    }
    if (inside && !flush_text(p))
        return -1;
    char *t = p->text ? rt_raw_realloc(p->text, (size_t)n) : NULL;
    if (p->text && !t) {
        rt_raise_no_memory(ts);
        return -1;
    }
    p->text = t;
    p->text_size = (int)n;
    return 0;
}
/* inside: in a handler, while Parse() runs. */
static int set_locked(struct rt_thread *ts, struct parser *p, rt_value v, intptr_t f, bool inside)
{
    if (f == F_BUFFER_SIZE)
        return set_text_size(ts, p, v, inside);
    int on = rt_truth(ts, v);
    if (on < 0)
        return -1;
    switch (f) {
    case F_BUFFER_TEXT:
        if (on && !p->text && !(p->text = rt_raw_malloc((size_t)p->text_size))) {
            rt_raise_no_memory(ts);
            return -1;
        }
        if (!on && inside && !flush_text(p))
            return -1;
        p->buffering = on;
        break;
    case F_PREFIXES:
        p->ns_prefixes = on;
        XML_SetReturnNSTriplet(p->xp, on);
        break;
    case F_ORDERED: p->ordered = on; break;
    default: p->specified = on; break;
    }
    return 0;
}
static int set_field(struct rt_thread *ts, rt_value self, rt_value v, void *f)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Cannot delete attribute");
        return -1;
    }
    bool mine = enter(ts, P(self));
    int rc = set_locked(ts, P(self), v, (intptr_t)f, !mine);
    if (mine)
        leave(P(self));
    return rc;
}
static struct rt_getset_def parser_getset[H_COUNT + 16]; /* filled before the type is readied */
static int parser_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct parser *p = (struct parser *)o;
    int r = visit(rt_slot_peek(&p->intern), arg);
    if (!r)
        r = visit(rt_slot_peek(&p->parent), arg);
    for (int h = 0; h < H_COUNT && !r; h++)
        r = visit(rt_slot_peek(&p->handlers[h]), arg);
    return r;
}
static void parser_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct parser *p = (struct parser *)o;
    for (int h = 0; h < H_COUNT; h++)
        rt_decref(ts, rt_slot_swap(&p->handlers[h], RT_NULL));
    rt_decref(ts, rt_slot_swap(&p->intern, RT_NULL));
}
static void parser_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct parser *p = (struct parser *)o;
    parser_clear(ts, o);
    if (p->xp)
        XML_ParserFree(p->xp);
    rt_raw_free(p->text);
    rt_decref(ts, rt_slot_swap(&p->parent, RT_NULL)); /* after ours: Expat shares its tables */
}
static struct rt_type parser_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "pyexpat.xmlparser", .doc = "XML parser", .flags = RT_TF_NO_NEW | RT_TF_GC,
    .basic_size = sizeof(struct parser), .dealloc = parser_dealloc, .traverse = parser_traverse, .clear = parser_clear,
    .methods = parser_methods, .getset = parser_getset,
};

/* ---- the module ---- */
static rt_value m_ParserCreate(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"encoding", "namespace_separator", "intern", NULL};
    static const struct rt_argspec spec = {"ParserCreate", names, 0, 0, 3, 3};
    rt_value v[3];
    const char *text[2] = {NULL, NULL};
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 2; i++) {
        if (rt_is_null(v[i]) || rt_is_none(v[i]))
            continue;
        if (!rt_is_str(v[i]))
            return rt_raise(ts, &rt_exc_TypeError, "ParserCreate() argument '%s' must be str or None, not %N", names[i], v[i]);
        if (!(text[i] = rt_str_utf8_nonul(ts, v[i])))
            return RT_NULL;
    }
    if (text[1] && strlen(text[1]) > 1)
        return rt_raise(ts, &rt_exc_ValueError, "namespace_separator must be at most one character, omitted, or None");
    rt_value intern = rt_is_null(v[2]) ? rt_dict_new(ts) : rt_is_none(v[2]) ? RT_NULL : rt_newref(ts, v[2]);
    if (rt_pending(ts))
        return RT_NULL;
    if (intern.bits && !rt_is_dict(intern)) {
        rt_decref(ts, intern);
        return rt_raise(ts, &rt_exc_TypeError, "intern must be a dictionary");
    }
    XML_Parser xp = text[1] ? XML_ParserCreateNS(text[0], *text[1]) : XML_ParserCreate(text[0]);
    if (xp)
        XML_SetHashSalt(xp, (unsigned long)rt_runtime.hash_key[0]);
    rt_value r = make(ts, xp, intern, RT_NULL);
    rt_decref(ts, intern);
    return r;
}
static rt_value m_ErrorString(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t code = rt_as_i64(ts, v);
    return rt_pending(ts) ? RT_NULL : text_of(ts, XML_ErrorString((enum XML_Error)code));
}
static int add_errors(struct rt_thread *ts, rt_value m)
{
    static const char *const names[] = {"NO_MEMORY", "SYNTAX", "NO_ELEMENTS", "INVALID_TOKEN", "UNCLOSED_TOKEN", "PARTIAL_CHAR", "TAG_MISMATCH",
        "DUPLICATE_ATTRIBUTE", "JUNK_AFTER_DOC_ELEMENT", "PARAM_ENTITY_REF", "UNDEFINED_ENTITY", "RECURSIVE_ENTITY_REF", "ASYNC_ENTITY",
        "BAD_CHAR_REF", "BINARY_ENTITY_REF", "ATTRIBUTE_EXTERNAL_ENTITY_REF", "MISPLACED_XML_PI", "UNKNOWN_ENCODING", "INCORRECT_ENCODING",
        "UNCLOSED_CDATA_SECTION", "EXTERNAL_ENTITY_HANDLING", "NOT_STANDALONE", "UNEXPECTED_STATE", "ENTITY_DECLARED_IN_PE",
        "FEATURE_REQUIRES_XML_DTD", "CANT_CHANGE_FEATURE_ONCE_PARSING", "UNBOUND_PREFIX", "UNDECLARING_PREFIX", "INCOMPLETE_PE", "XML_DECL",
        "TEXT_DECL", "PUBLICID", "SUSPENDED", "NOT_SUSPENDED", "ABORTED", "FINISHED", "SUSPEND_PE", "RESERVED_PREFIX_XML",
        "RESERVED_PREFIX_XMLNS", "RESERVED_NAMESPACE_URI", "INVALID_ARGUMENT", "NO_BUFFER", "AMPLIFICATION_LIMIT_BREACH"};
    rt_value codes = rt_dict_new(ts), messages = rt_dict_new(ts);
    if (rt_is_null(codes) || rt_is_null(messages))
        return -1;
    for (size_t i = 0; i < RT_COUNTOF(names); i++) {
        char full[64];
        rt_value msg = text_of(ts, XML_ErrorString((enum XML_Error)(i + 1)));
        if (rt_is_null(msg))
            return -1;
        if (rt_is_none(msg))
            continue;
        snprintf(full, sizeof full, "XML_ERROR_%s", names[i]);
        rt_dict_set(ts, codes, msg, rt_int_imm((int64_t)i + 1));
        rt_dict_set(ts, messages, rt_int_imm((int64_t)i + 1), msg);
        if (rt_module_add(ts, m, full, msg) < 0)
            return -1;
    }
    return rt_module_add(ts, m, "codes", codes) < 0 ? -1 : rt_module_add(ts, m, "messages", messages);
}
static int add_model(struct rt_thread *ts, rt_value m)
{
    static const char *const names[] = {"XML_CTYPE_EMPTY", "XML_CTYPE_ANY", "XML_CTYPE_MIXED", "XML_CTYPE_NAME", "XML_CTYPE_CHOICE", "XML_CTYPE_SEQ",
        "XML_CQUANT_NONE", "XML_CQUANT_OPT", "XML_CQUANT_REP", "XML_CQUANT_PLUS"};
    for (int i = 0; i < 10; i++)
        if (rt_module_add_int(ts, m, names[i], i < 6 ? i + 1 : i - 6) < 0)
            return -1;
    return 0;
}
static int submodule(struct rt_thread *ts, rt_value m, const char *name, const char *doc, int (*fill)(struct rt_thread *, rt_value))
{
    char full[64];
    snprintf(full, sizeof full, "pyexpat.%s", name);
    rt_value s = rt_module_new(ts, rt_str_intern_cstr(ts, full)), mods = rt_slot_get(ts, NULL, &ts->interp->modules);
    int err = rt_is_null(s) || fill(ts, s) < 0 || rt_module_add_str(ts, s, "__doc__", doc) < 0 || rt_dict_set_cstr(ts, mods, full, s) < 0;
    rt_decref(ts, mods);
    return err ? -1 : rt_module_add(ts, m, name, s);
}
static void fill_getset(void)
{
    static const struct rt_getset_def fields[] = {
        {"ErrorCode", get_field, NULL, NULL, (void *)F_ERROR_CODE}, {"ErrorLineNumber", get_field, NULL, NULL, (void *)F_ERROR_LINE},
        {"ErrorColumnNumber", get_field, NULL, NULL, (void *)F_ERROR_COLUMN}, {"ErrorByteIndex", get_field, NULL, NULL, (void *)F_ERROR_BYTE},
        {"CurrentLineNumber", get_field, NULL, NULL, (void *)F_LINE}, {"CurrentColumnNumber", get_field, NULL, NULL, (void *)F_COLUMN},
        {"CurrentByteIndex", get_field, NULL, NULL, (void *)F_BYTE}, {"buffer_size", get_field, set_field, NULL, (void *)F_BUFFER_SIZE},
        {"buffer_text", get_field, set_field, NULL, (void *)F_BUFFER_TEXT}, {"buffer_used", get_field, NULL, NULL, (void *)F_BUFFER_USED},
        {"namespace_prefixes", get_field, set_field, NULL, (void *)F_PREFIXES}, {"ordered_attributes", get_field, set_field, NULL, (void *)F_ORDERED},
        {"specified_attributes", get_field, set_field, NULL, (void *)F_SPECIFIED}, {"intern", get_field, NULL, NULL, (void *)F_INTERN}};
    size_t k = 0;
    for (int h = 0; h < H_COUNT; h++)
        parser_getset[k++] = (struct rt_getset_def){handlers[h].name, get_handler, set_handler, NULL, (void *)(intptr_t)h};
    for (size_t i = 0; i < RT_COUNTOF(fields); i++)
        parser_getset[k++] = fields[i];
}
static int add_features(struct rt_thread *ts, rt_value m)
{
    rt_value l = rt_list_new(ts, 8);
    for (const XML_Feature *f = XML_GetFeatureList(); f->feature != XML_FEATURE_END && !rt_is_null(l); f++) {
        rt_value name = text_of(ts, f->name), t = rt_is_null(name) ? name : rt_tuple_pack(ts, 2, name, rt_int_imm(f->value));
        rt_decref(ts, name);
        if (rt_is_null(t) || rt_list_append_steal(ts, l, t) < 0)
            rt_clear(ts, &l);
    }
    return rt_is_null(l) ? -1 : rt_module_add(ts, m, "features", l);
}
static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_lazy_load(ts, &rt_lazy_expat) < 0)
        return -1;
    if (rt_type_ready_filled(ts, &parser_type, fill_getset) < 0)
        return -1;
    rt_value e = rt_interp_kept(ts, "pyexpat.ExpatError");
    if (rt_is_null(e)) {
        e = rt_type_derive(ts, "xml.parsers.expat.ExpatError", rt_type_value(&rt_exc_Exception), RT_NULL);
        if (rt_is_null(e) || rt_interp_keep(ts, "pyexpat.ExpatError", e) < 0)
            return -1;
    }
    XML_Expat_Version v = XML_ExpatVersionInfo();
    rt_module_add(ts, m, "error", rt_newref(ts, e));
    rt_module_add(ts, m, "ExpatError", e);
    rt_module_add(ts, m, "XMLParserType", rt_type_value(&parser_type));
    rt_module_add_str(ts, m, "EXPAT_VERSION", XML_ExpatVersion());
    rt_module_add(ts, m, "version_info", rt_tuple_pack(ts, 3, rt_int_imm(v.major), rt_int_imm(v.minor), rt_int_imm(v.micro)));
    rt_module_add_str(ts, m, "native_encoding", "UTF-8");
    rt_module_add_int(ts, m, "XML_PARAM_ENTITY_PARSING_NEVER", XML_PARAM_ENTITY_PARSING_NEVER);
    rt_module_add_int(ts, m, "XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE", XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE);
    rt_module_add_int(ts, m, "XML_PARAM_ENTITY_PARSING_ALWAYS", XML_PARAM_ENTITY_PARSING_ALWAYS);
    if (add_features(ts, m) < 0 || submodule(ts, m, "errors", "Constants used to describe error conditions.", add_errors) < 0)
        return -1;
    return submodule(ts, m, "model", "Constants used to interpret content model information.", add_model);
}
static const struct rt_method_def methods[] = {
    {"ParserCreate", m_ParserCreate, RT_METH_KW, "ParserCreate($module, /, encoding=None, namespace_separator=None,\n             intern=<unrepresentable>)\n--\n\nReturn a new XML parser object."},
    {"ErrorString", m_ErrorString, RT_METH_O, "ErrorString($module, code, /)\n--\n\nReturns string error for given number."}, {NULL},
};
const struct rt_module_def rt_module_pyexpat = {.name = "pyexpat", .doc = "Python wrapper for Expat parser.", .methods = methods, .exec = exec};
