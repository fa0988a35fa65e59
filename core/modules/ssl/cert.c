/* SPDX-License-Identifier: MIT */
/* _ssl: certificates as Python values, and the Certificate objects of a chain. */
#include <openssl/pem.h>
#include <stdio.h>

#include "core/modules/ssl/ssl_internal.h"

rt_value ssl_object_text(struct rt_thread *ts, const ASN1_OBJECT *o, bool no_name)
{
    char local[256], *buf = local;
    int n = OBJ_obj2txt(local, sizeof local, o, no_name);
    if (n < 0)
        return SSL_LAST(ts, NULL);
    if ((size_t)n >= sizeof local) {
        buf = rt_raw_malloc((size_t)n + 1);
        if (!buf)
            return rt_raise_no_memory(ts);
        n = OBJ_obj2txt(buf, n + 1, o, no_name);
    }
    rt_value r = n ? rt_str_from_utf8(ts, buf, (size_t)n, NULL) : RT_NONE;
    if (buf != local)
        rt_raw_free(buf);
    return r;
}
/* A tuple of two owned words, or RT_NULL. */
static rt_value pair(struct rt_thread *ts, rt_value a, rt_value b)
{
    rt_value w[2] = {a, b};
    if (!rt_is_null(a) && !rt_is_null(b))
        return rt_tuple_steal(ts, w, 2);
    rt_decref(ts, a);
    rt_decref(ts, b);
    return RT_NULL;
}
static rt_value asn1_text(struct rt_thread *ts, const ASN1_STRING *s)
{
    return rt_str_from_utf8(ts, (const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s), NULL);
}
static rt_value attribute(struct rt_thread *ts, X509_NAME_ENTRY *e)
{
    const ASN1_STRING *s = X509_NAME_ENTRY_get_data(e);
    unsigned char *utf8;
    rt_value value;
    if (ASN1_STRING_type(s) == V_ASN1_BIT_STRING) {
        value = rt_bytes_new(ts, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
    } else {
        int n = ASN1_STRING_to_UTF8(&utf8, s);
        if (n < 0)
            return SSL_LAST(ts, NULL);
        value = rt_str_from_utf8(ts, (char *)utf8, (size_t)n, NULL);
        OPENSSL_free(utf8);
    }
    return pair(ts, ssl_object_text(ts, X509_NAME_ENTRY_get_object(e), false), value);
}
/* Consumes list. */
static rt_value list_tuple(struct rt_thread *ts, rt_value list)
{
    rt_value r = rt_is_null(list) ? list : rt_list_to_tuple(ts, list);
    rt_decref(ts, list);
    return r;
}
/* A tuple of tuples of attributes: what stands at the same level of a name goes together. */
static rt_value name_tuple(struct rt_thread *ts, const X509_NAME *name)
{
    rt_value all = rt_list_new(ts, 4), level = rt_is_null(all) ? all : rt_list_new(ts, 1);
    int n = X509_NAME_entry_count(name), set = -1;
    bool ok = !rt_is_null(level);
    for (int i = 0; i <= n && ok; i++) {
        X509_NAME_ENTRY *e = i < n ? X509_NAME_get_entry(name, i) : NULL;
        if (set >= 0 && (!e || X509_NAME_ENTRY_set(e) != set)) {
            rt_value t = list_tuple(ts, level);
            ok = !rt_is_null(t) && rt_list_append_steal(ts, all, t) == 0;
            level = ok ? rt_list_new(ts, 1) : RT_NULL;
            ok = ok && !rt_is_null(level);
        }
        if (e && ok) {
            rt_value a = attribute(ts, e);
            set = X509_NAME_ENTRY_set(e);
            ok = !rt_is_null(a) && rt_list_append_steal(ts, level, a) == 0;
        }
    }
    rt_decref(ts, level);
    if (!ok)
        rt_clear(ts, &all);
    return list_tuple(ts, all);
}

/* ---- alternative names ---- */
static rt_value ip_text(struct rt_thread *ts, const ASN1_OCTET_STRING *s)
{
    const unsigned char *p = ASN1_STRING_get0_data(s);
    char buf[64];
    if (ASN1_STRING_length(s) == 4)
        snprintf(buf, sizeof buf, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
    else if (ASN1_STRING_length(s) == 16)
        snprintf(buf, sizeof buf, "%X:%X:%X:%X:%X:%X:%X:%X", p[0] << 8 | p[1], p[2] << 8 | p[3], p[4] << 8 | p[5], p[6] << 8 | p[7], p[8] << 8 | p[9],
                 p[10] << 8 | p[11], p[12] << 8 | p[13], p[14] << 8 | p[15]);
    else
        strcpy(buf, "<invalid>");
    return rt_str_from_cstr(ts, buf);
}
/* What OpenSSL prints, at its colon. */
static rt_value printed_name(struct rt_thread *ts, GENERAL_NAME *name)
{
    char buf[2048];
    BIO *b = BIO_new(BIO_s_mem());
    int n = 0;
    if (b) {
        GENERAL_NAME_print(b, name);
        n = BIO_gets(b, buf, sizeof buf);
        BIO_free(b);
    }
    if (n <= 0)
        return SSL_LAST(ts, NULL);
    char *colon = strchr(buf, ':');
    if (!colon)
        return rt_raise(ts, &rt_exc_ValueError, "Invalid value %.200s", buf);
    return pair(ts, rt_str_from_utf8(ts, buf, (size_t)(colon - buf), NULL), rt_str_from_utf8(ts, colon + 1, strlen(colon + 1), NULL));
}
static rt_value general_name(struct rt_thread *ts, GENERAL_NAME *name)
{
    switch (name->type) {
    case GEN_DIRNAME: return pair(ts, rt_str_from_cstr(ts, "DirName"), name_tuple(ts, name->d.dirn));
    case GEN_EMAIL: return pair(ts, rt_str_from_cstr(ts, "email"), asn1_text(ts, name->d.rfc822Name));
    case GEN_DNS: return pair(ts, rt_str_from_cstr(ts, "DNS"), asn1_text(ts, name->d.dNSName));
    case GEN_URI: return pair(ts, rt_str_from_cstr(ts, "URI"), asn1_text(ts, name->d.uniformResourceIdentifier));
    case GEN_RID: return pair(ts, rt_str_from_cstr(ts, "Registered ID"), ssl_object_text(ts, name->d.rid, true));
    case GEN_IPADD: return pair(ts, rt_str_from_cstr(ts, "IP Address"), ip_text(ts, name->d.ip));
    case GEN_OTHERNAME: case GEN_X400: case GEN_EDIPARTY: return printed_name(ts, name);
    default:
        if (rt_warn(ts, &rt_exc_RuntimeWarning, 1, "Unknown general name type %d", name->type) < 0)
            return RT_NULL;
        return printed_name(ts, name);
    }
}
/* Absent: RT_NONE. */
static rt_value alternative_names(struct rt_thread *ts, X509 *x)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    if (!names)
        return RT_NONE;
    rt_value list = rt_list_new(ts, 4);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !rt_is_null(list); i++) {
        rt_value v = general_name(ts, sk_GENERAL_NAME_value(names, i));
        if (rt_is_null(v) || rt_list_append_steal(ts, list, v) < 0)
            rt_clear(ts, &list);
    }
    GENERAL_NAMES_free(names);
    return list_tuple(ts, list);
}
static bool append_uri(struct rt_thread *ts, rt_value list, GENERAL_NAME *n)
{
    if (n->type != GEN_URI)
        return true;
    rt_value s = asn1_text(ts, n->d.uniformResourceIdentifier);
    return !rt_is_null(s) && rt_list_append_steal(ts, list, s) == 0;
}
static rt_value nonempty(struct rt_thread *ts, rt_value list, bool ok)
{
    if (!ok)
        rt_clear(ts, &list);
    rt_value t = list_tuple(ts, list);
    if (rt_is_null(t) || rt_as_tuple(t)->length)
        return t;
    rt_decref(ts, t);
    return RT_NONE;
}
static rt_value access_uris(struct rt_thread *ts, X509 *x, int nid)
{
    AUTHORITY_INFO_ACCESS *info = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
    if (!info)
        return RT_NONE;
    rt_value list = rt_list_new(ts, 2);
    bool ok = !rt_is_null(list);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(info) && ok; i++) {
        ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(info, i);
        if (OBJ_obj2nid(d->method) == nid)
            ok = append_uri(ts, list, d->location);
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return nonempty(ts, list, ok);
}
static rt_value crl_uris(struct rt_thread *ts, X509 *x)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);
    if (!points)
        return RT_NONE;
    rt_value list = rt_list_new(ts, 2);
    bool ok = !rt_is_null(list);
    for (int i = 0; i < sk_DIST_POINT_num(points) && ok; i++) {
        DIST_POINT *d = sk_DIST_POINT_value(points, i);
        if (!d->distpoint || d->distpoint->type != 0)
            continue;
        for (int j = 0; j < sk_GENERAL_NAME_num(d->distpoint->name.fullname) && ok; j++)
            ok = append_uri(ts, list, sk_GENERAL_NAME_value(d->distpoint->name.fullname, j));
    }
    CRL_DIST_POINTS_free(points);
    return nonempty(ts, list, ok);
}

/* ---- the whole ---- */
static rt_value time_text(struct rt_thread *ts, const ASN1_TIME *t)
{
    char buf[128];
    BIO *b = BIO_new(BIO_s_mem());
    int n = 0;
    if (b) {
        ASN1_TIME_print(b, t);
        n = BIO_gets(b, buf, sizeof buf - 1);
        BIO_free(b);
    }
    return n <= 0 ? SSL_LAST(ts, NULL) : rt_str_from_utf8(ts, buf, (size_t)n, NULL);
}
static rt_value serial_text(struct rt_thread *ts, X509 *x)
{
    char buf[256];
    BIO *b = BIO_new(BIO_s_mem());
    int n = 0;
    if (b) {
        i2a_ASN1_INTEGER(b, X509_get0_serialNumber(x));
        n = BIO_gets(b, buf, sizeof buf - 1);
        BIO_free(b);
    }
    return n <= 0 ? SSL_LAST(ts, NULL) : rt_str_from_utf8(ts, buf, (size_t)n, NULL);
}
/* d[key] = owned; None with optional: nothing */
static bool put(struct rt_thread *ts, rt_value d, const char *key, rt_value owned, bool optional)
{
    bool ok = !rt_is_null(owned) && ((optional && rt_is_none(owned)) || rt_dict_set_cstr(ts, d, key, owned) == 0);
    rt_decref(ts, owned);
    return ok;
}
rt_value ssl_decode_certificate(struct rt_thread *ts, X509 *x)
{
    rt_value d = rt_dict_new(ts);
    if (rt_is_null(d))
        return d;
    if (put(ts, d, "subject", name_tuple(ts, X509_get_subject_name(x)), false) && put(ts, d, "issuer", name_tuple(ts, X509_get_issuer_name(x)), false) &&
        put(ts, d, "version", rt_int_imm(X509_get_version(x) + 1), false) && put(ts, d, "serialNumber", serial_text(ts, x), false) &&
        put(ts, d, "notBefore", time_text(ts, X509_get0_notBefore(x)), false) && put(ts, d, "notAfter", time_text(ts, X509_get0_notAfter(x)), false) &&
        put(ts, d, "subjectAltName", alternative_names(ts, x), true) && put(ts, d, "OCSP", access_uris(ts, x, NID_ad_OCSP), true) &&
        put(ts, d, "caIssuers", access_uris(ts, x, NID_ad_ca_issuers), true) && put(ts, d, "crlDistributionPoints", crl_uris(ts, x), true))
        return d;
    rt_decref(ts, d);
    return RT_NULL;
}
rt_value ssl_certificate_der(struct rt_thread *ts, X509 *x)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    if (n < 0)
        return SSL_LAST(ts, NULL);
    rt_value r = rt_bytes_new(ts, der, (size_t)n);
    OPENSSL_free(der);
    return r;
}
rt_value ssl_test_decode(struct rt_thread *ts, rt_value module, rt_value path)
{
    rt_value p = rt_str_fsencode(ts, path), r;
    if (rt_is_null(p))
        return p;
    BIO *b = BIO_new_file(rt_as_bytes(p)->data, "r");
    X509 *x = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
    r = x ? ssl_decode_certificate(ts, x) : SSL_LAST(ts, b ? "Error decoding PEM-encoded file" : "Can't open file");
    X509_free(x);
    BIO_free(b);
    rt_decref(ts, p);
    return r;
}

/* ---- Certificate ---- */
static struct certificate *as_certificate(rt_value v) { return (struct certificate *)rt_ptr(v); }
rt_value ssl_chain(struct rt_thread *ts, STACK_OF(X509) *chain)
{
    if (!chain)
        return RT_NONE;
    rt_value list = rt_list_new(ts, 4);
    for (int i = 0; i < sk_X509_num(chain) && !rt_is_null(list); i++) {
        rt_value v = rt_type_alloc(ts, &rt_ssl_certificate_type);
        if (!rt_is_null(v)) {
            as_certificate(v)->x = sk_X509_value(chain, i);
            X509_up_ref(as_certificate(v)->x);
        }
        if (rt_is_null(v) || rt_list_append_steal(ts, list, v) < 0)
            rt_clear(ts, &list);
    }
    return list;
}
static void certificate_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    X509_free(((struct certificate *)o)->x);
    ((struct certificate *)o)->x = NULL;
}
static rt_value public_bytes(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"format", NULL};
    static const struct rt_argspec spec = {"public_bytes", names, 0, 0, 1, 1};
    rt_value v[1], r = RT_NULL;
    int format = 1;
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || (v[0].bits && (format = rt_as_int(ts, v[0])) == -1 && rt_pending(ts)))
        return RT_NULL;
    if (format == 2)
        return ssl_certificate_der(ts, as_certificate(self)->x);
    if (format != 1)
        return rt_raise(ts, &rt_exc_ValueError, "Unsupported format");
    BIO *b = BIO_new(BIO_s_mem());
    char *data;
    if (b && PEM_write_bio_X509(b, as_certificate(self)->x)) {
        long len = BIO_get_mem_data(b, &data);
        r = rt_str_from_utf8(ts, data, (size_t)len, NULL);
    } else {
        SSL_LAST(ts, NULL);
    }
    BIO_free(b);
    return r;
}
static rt_value get_info(struct rt_thread *ts, rt_value self) { return ssl_decode_certificate(ts, as_certificate(self)->x); }
static rt_value certificate_repr(struct rt_thread *ts, rt_value self)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *data;
    rt_value r = RT_NULL;
    if (b && X509_NAME_print_ex(b, X509_get_subject_name(as_certificate(self)->x), 0, XN_FLAG_RFC2253) >= 0) {
        long len = BIO_get_mem_data(b, &data);
        rt_value s = rt_str_from_utf8(ts, data, (size_t)len, "backslashreplace");
        if (!rt_is_null(s))
            r = rt_str_format(ts, "<%s '%U'>", rt_typename(self), s);
        rt_decref(ts, s);
    } else {
        SSL_LAST(ts, NULL);
    }
    BIO_free(b);
    return r;
}
static rt_value certificate_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_exact(b, &rt_ssl_certificate_type))
        return RT_NOTIMPL;
    return rt_bool((X509_cmp(as_certificate(a)->x, as_certificate(b)->x) == 0) == (op == RT_EQ));
}
static int64_t certificate_hash(struct rt_thread *ts, rt_value self)
{
    int64_t h = (int64_t)X509_subject_name_hash(as_certificate(self)->x);
    return h == -1 ? -2 : h;
}
static const struct rt_method_def methods[] = {
    {"public_bytes", public_bytes, RT_METH_KW, "public_bytes($self, /, format=Encoding.PEM)\n--\n\n"},
    {"get_info", get_info, RT_METH_NOARGS, "get_info($self, /)\n--\n\n"},
    {NULL},
};
struct rt_type rt_ssl_certificate_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ssl.Certificate", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct certificate), .dealloc = certificate_dealloc,
    .repr = certificate_repr, .hash = certificate_hash, .richcompare = certificate_compare, .methods = methods,
};
