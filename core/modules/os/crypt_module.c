/* SPDX-License-Identifier: MIT */
/* _crypt: crypt(3) of libcrypt; uuid's time-based values: _uuid of libuuid. Both libraries are loaded on import. */
#include <crypt.h>
#include <errno.h>
#include <uuid/uuid.h>

#include "core/modules/lazy/lazy.h"
#include "core/modules/modules.h"

static rt_value do_crypt(struct rt_thread *ts, rt_value module, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"word", "salt", NULL};
    static const struct rt_argspec spec = {"crypt", names, 2, 2, 2, 2};
    rt_value v[2];
    const char *s[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 2; i++) {
        if (!rt_is_str(v[i]))
            return rt_raise(ts, &rt_exc_TypeError, "crypt() argument %d must be str, not %N", i + 1, v[i]);
        if (!(s[i] = rt_str_utf8_nonul(ts, v[i])))
            return RT_NULL;
    }
    struct crypt_data *data = rt_raw_calloc(1, sizeof *data);
    if (!data)
        return rt_raise_no_memory(ts);
    rt_detach(ts, RT_DETACH_NATIVE); /* slow on purpose */
    errno = 0;
    const char *out = crypt_r(s[0], s[1], data);
    int e = errno;
    rt_attach(ts);
    errno = e;
    rt_value r = out ? rt_str_from_utf8(ts, out, strlen(out), NULL) : rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    rt_raw_free(data);
    return r;
}
static int crypt_exec(struct rt_thread *ts, rt_value m) { return rt_lazy_load(ts, &rt_lazy_crypt); }
static const struct rt_method_def crypt_methods[] = {
    {"crypt", do_crypt, RT_METH_KW, "crypt($module, word, salt, /)\n--\n\nHash a *word* with the given *salt* and return the hashed password.\n\n"
     "*word* will usually be a user\'s password.  *salt* (either a random 2 or 16\ncharacter string, possibly prefixed with $digit$ to indicate the method)\n"
     "will be used to perturb the encryption algorithm and produce distinct\nresults for a given *word*."},
    {NULL},
};
const struct rt_module_def rt_module__crypt = {.name = "_crypt", .methods = crypt_methods, .exec = crypt_exec};

/* ---- _uuid ---- */
static rt_value generate_time_safe(struct rt_thread *ts, rt_value module)
{
    uuid_t u;
    rt_detach(ts, RT_DETACH_IO); /* may ask a daemon */
    int safe = uuid_generate_time_safe(u);
    rt_attach(ts);
    rt_value b = rt_bytes_new(ts, u, sizeof u), r = rt_is_null(b) ? b : rt_tuple_pack(ts, 2, b, rt_int_imm(safe));
    rt_decref(ts, b);
    return r;
}
static int uuid_exec(struct rt_thread *ts, rt_value m)
{
    return rt_lazy_load(ts, &rt_lazy_uuid) < 0 ? -1 : rt_module_add_int(ts, m, "has_uuid_generate_time_safe", 1);
}
static const struct rt_method_def uuid_methods[] = {{"generate_time_safe", generate_time_safe, RT_METH_NOARGS, NULL}, {NULL}};
const struct rt_module_def rt_module__uuid = {.name = "_uuid", .methods = uuid_methods, .exec = uuid_exec};
