/* SPDX-License-Identifier: MIT */
/*
 * tzinfo and timezone, and asking a tzinfo. A timezone is answered for without a call: it cannot be
 * subclassed.
 */
#include <stdio.h>

#include "core/modules/datetime/datetime_internal.h"

rt_value rt_dt_utc, rt_dt_zero;

#define OFFSET_RANGE "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24)"
static bool in_range(rt_value offset)
{
    i128 us = delta_micros(offset);
    return us > -DAY_MICROS && us < DAY_MICROS;
}
rt_value dt_offset_call(struct rt_thread *ts, rt_value tz, const char *name, rt_value arg)
{
    if (rt_is_null(tz))
        return RT_NONE;
    rt_value r = rt_call_method(ts, tz, name, &arg, 1);
    if (rt_is_null(r) || rt_is_none(r))
        return r;
    bool delta = is_delta(r);
    if (delta && in_range(r))
        return r;
    if (delta)
        rt_raise(ts, &rt_exc_ValueError, OFFSET_RANGE ".");
    else
        rt_raise(ts, &rt_exc_TypeError, "tzinfo.%s() must return None or a timedelta, not '%.200T'", name, r);
    rt_decref(ts, r);
    return RT_NULL;
}

/* ---- tzinfo ---- */
static rt_value unimplemented(struct rt_thread *ts, const char *name)
{
    return rt_raise(ts, &rt_exc_NotImplementedError, "a tzinfo subclass must implement %s()", name);
}
static rt_value base_tzname(struct rt_thread *ts, rt_value self, rt_value dt) { return unimplemented(ts, "tzname"); }
static rt_value base_utcoffset(struct rt_thread *ts, rt_value self, rt_value dt) { return unimplemented(ts, "utcoffset"); }
static rt_value base_dst(struct rt_thread *ts, rt_value self, rt_value dt) { return unimplemented(ts, "dst"); }
static rt_value value_error(struct rt_thread *ts, const char *text) { return rt_raise(ts, &rt_exc_ValueError, "%s", text); }
static rt_value base_fromutc(struct rt_thread *ts, rt_value self, rt_value dt)
{
    if (!is_datetime(dt))
        return rt_raise(ts, &rt_exc_TypeError, "fromutc: argument must be a datetime");
    if (!rt_is(AS_DT(dt)->tz, self))
        return value_error(ts, "fromutc: dt.tzinfo is not self");
    rt_value off = dt_utcoffset(ts, self, dt), dst = RT_NULL, r = RT_NULL, later = RT_NULL;
    if (rt_is_none(off))
        return value_error(ts, "fromutc: non-None utcoffset() result required");
    if (!rt_is_null(off))
        dst = dt_offset_call(ts, self, "dst", dt);
    if (rt_is_none(dst))
        value_error(ts, "fromutc: non-None dst() result required");
    if (rt_is_ptr(dst))
        r = dt_add_micros(ts, dt, delta_micros(off) - delta_micros(dst));
    if (!rt_is_null(r)) {
        later = dt_offset_call(ts, self, "dst", r);
        if (rt_is_none(later))
            value_error(ts, "fromutc: tz.dst() gave inconsistent results; cannot convert");
        rt_value again = rt_is_ptr(later) ? dt_add_micros(ts, r, delta_micros(later)) : RT_NULL;
        rt_decref(ts, r);
        r = again;
    }
    rt_decref(ts, off);
    rt_decref(ts, dst);
    rt_decref(ts, later);
    return r;
}
static rt_value base_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value f = rt_getattr_opt_cstr(ts, self, "__getinitargs__"), args, state, r = RT_NULL;
    if (rt_is_null(f) && rt_pending(ts))
        return f;
    args = rt_is_null(f) ? rt_tuple_empty() : rt_call0(ts, f);
    rt_decref(ts, f);
    state = rt_is_null(args) ? args : rt_call_method(ts, self, "__getstate__", NULL, 0);
    if (!rt_is_null(state))
        r = rt_tuple_pack(ts, 3, rt_type_value(rt_type_of(self)), args, state);
    rt_decref(ts, state);
    rt_decref(ts, args);
    return r;
}
static rt_value tzinfo_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    return rt_type_alloc(ts, t);
}
static int tzinfo_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_type_of(self) != &rt_dt_tzinfo_type || (n == 0 && rt_is_null(kw)))
        return 0;
    return rt_object_type.init(ts, self, args, n, kw);
}
static const struct rt_method_def tzinfo_methods[] = {
    {"tzname", base_tzname, RT_METH_O, "datetime -> string name of time zone."},
    {"utcoffset", base_utcoffset, RT_METH_O, "datetime -> timedelta showing offset from UTC, negative values indicating West of UTC"},
    {"dst", base_dst, RT_METH_O, "datetime -> DST offset as timedelta positive east of UTC."},
    {"fromutc", base_fromutc, RT_METH_O, "datetime in UTC -> datetime in local time."},
    {"__reduce__", base_reduce, RT_METH_NOARGS, "-> (cls, state)"},
    {NULL},
};
struct rt_type rt_dt_tzinfo_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "datetime.tzinfo", .doc = "Abstract base class for time zone info objects.",
    .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct rt_object), .new = tzinfo_new, .init = tzinfo_init, .methods = tzinfo_methods,
};

/* ---- timezone ---- */
rt_value dt_zone_new(struct rt_thread *ts, rt_value offset, rt_value name)
{
    if (rt_is_null(name) && rt_dt_utc.bits && AS_DELTA(offset)->days == 0 && AS_DELTA(offset)->seconds == 0 && AS_DELTA(offset)->micros == 0)
        return rt_dt_utc;
    if (!in_range(offset))
        return rt_raise(ts, &rt_exc_ValueError, OFFSET_RANGE ", not %R.", offset);
    struct zone *z = rt_block_alloc(ts, sizeof *z, rt_dt_zone_type.shape->id, 0);
    if (!z)
        return RT_NULL;
    z->offset = rt_newref(ts, offset);
    z->name = rt_newref(ts, name);
    return rt_own(z);
}
static rt_value zone_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"offset", "name", NULL};
    static const struct rt_argspec spec = {"timezone", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!is_delta(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "timezone() argument 1 must be datetime.timedelta, not %N", v[0]);
    if (!rt_is_null(v[1]) && !rt_is_str(v[1]))
        return rt_raise(ts, &rt_exc_TypeError, "timezone() argument 2 must be str, not %N", v[1]);
    return dt_zone_new(ts, v[0], v[1]);
}
static void zone_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct zone *)o)->offset);
    rt_clear(ts, &((struct zone *)o)->name);
}
static rt_value zone_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_exact(a, &rt_dt_zone_type) || !rt_is_exact(b, &rt_dt_zone_type))
        return RT_NOTIMPL;
    return rt_bool((delta_micros(AS_ZONE(a)->offset) == delta_micros(AS_ZONE(b)->offset)) == (op == RT_EQ));
}
static int64_t zone_hash(struct rt_thread *ts, rt_value a) { return rt_dt_delta_type.hash(ts, AS_ZONE(a)->offset); }
static rt_value zone_repr(struct rt_thread *ts, rt_value self)
{
    struct zone *z = AS_ZONE(self);
    if (rt_is(self, rt_dt_utc))
        return rt_str_from_cstr(ts, "datetime.timezone.utc");
    if (rt_is_null(z->name))
        return rt_str_format(ts, "%s(%R)", rt_typename(self), z->offset);
    return rt_str_format(ts, "%s(%R, %R)", rt_typename(self), z->offset, z->name);
}
static rt_value zone_str(struct rt_thread *ts, rt_value self)
{
    struct zone *z = AS_ZONE(self);
    if (!rt_is_null(z->name))
        return rt_newref(ts, z->name);
    int64_t us = offset_micros(z->offset);
    char buf[40] = "UTC", *p = buf + 3;
    if (us)
        p = dt_put_offset(p, us, ":");
    return rt_str_from_latin1(ts, (uint8_t *)buf, (size_t)(p - buf));
}
static bool zone_arg(struct rt_thread *ts, rt_value dt, const char *name)
{
    if (rt_is_none(dt) || is_datetime(dt))
        return true;
    rt_raise(ts, &rt_exc_TypeError, "%s(dt) argument must be a datetime instance or None, not %.200T", name, dt);
    return false;
}
static rt_value zone_tzname(struct rt_thread *ts, rt_value self, rt_value dt) { return zone_arg(ts, dt, "tzname") ? zone_str(ts, self) : RT_NULL; }
static rt_value zone_utcoffset(struct rt_thread *ts, rt_value self, rt_value dt)
{
    return zone_arg(ts, dt, "utcoffset") ? rt_newref(ts, AS_ZONE(self)->offset) : RT_NULL;
}
static rt_value zone_dst(struct rt_thread *ts, rt_value self, rt_value dt) { return zone_arg(ts, dt, "dst") ? RT_NONE : RT_NULL; }
static rt_value zone_fromutc(struct rt_thread *ts, rt_value self, rt_value dt)
{
    if (!is_datetime(dt))
        return rt_raise(ts, &rt_exc_TypeError, "fromutc: argument must be a datetime instance");
    if (!rt_is(AS_DT(dt)->tz, self))
        return value_error(ts, "fromutc: dt.tzinfo is not self");
    return dt_add_micros(ts, dt, delta_micros(AS_ZONE(self)->offset));
}
static rt_value zone_initargs(struct rt_thread *ts, rt_value self)
{
    struct zone *z = AS_ZONE(self);
    return rt_is_null(z->name) ? rt_tuple_pack(ts, 1, z->offset) : rt_tuple_pack(ts, 2, z->offset, z->name);
}
static const struct rt_method_def zone_methods[] = {
    {"tzname", zone_tzname, RT_METH_O, "If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'."},
    {"utcoffset", zone_utcoffset, RT_METH_O, "Return fixed offset."},
    {"dst", zone_dst, RT_METH_O, "Return None."},
    {"fromutc", zone_fromutc, RT_METH_O, "datetime in UTC -> datetime in local time."},
    {"__getinitargs__", zone_initargs, RT_METH_NOARGS, "pickle support"},
    {NULL},
};
struct rt_type rt_dt_zone_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "datetime.timezone", .doc = "Fixed offset from UTC implementation of tzinfo.",
    .base = &rt_dt_tzinfo_type, .basic_size = sizeof(struct zone), .dealloc = zone_dealloc, .new = zone_new, .repr = zone_repr,
    .str = zone_str, .hash = zone_hash, .richcompare = zone_compare, .init = tzinfo_init, .methods = zone_methods,
};

/* ---- for datetime and time ---- */
rt_value dt_tzname(struct rt_thread *ts, rt_value tz, rt_value arg)
{
    if (rt_is_null(tz))
        return RT_NONE;
    if (rt_is_exact(tz, &rt_dt_zone_type))
        return zone_str(ts, tz);
    rt_value r = rt_call_method(ts, tz, "tzname", &arg, 1);
    if (rt_is_null(r) || rt_is_none(r) || rt_is_str(r))
        return r;
    rt_raise(ts, &rt_exc_TypeError, "tzinfo.tzname() must return None or a string, not '%T'", r);
    rt_decref(ts, r);
    return RT_NULL;
}
rt_value dt_local_zone(struct rt_thread *ts, int64_t seconds)
{
    struct tm t;
    if (dt_localtime(ts, seconds, &t) < 0)
        return RT_NULL;
    rt_value name = rt_str_fsdecode(ts, t.tm_zone, strlen(t.tm_zone)), off, z = RT_NULL;
    if (rt_is_null(name))
        return name;
    off = dt_delta_from_micros(ts, (i128)t.tm_gmtoff * 1000000);
    if (!rt_is_null(off))
        z = dt_zone_new(ts, off, name);
    rt_decref(ts, off);
    rt_decref(ts, name);
    return z;
}
int dt_tz_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value tz = ((struct dt *)o)->tz;
    return rt_is_ptr(tz) ? visit(tz, arg) : 0;
}
void dt_tz_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_clear(ts, &((struct dt *)o)->tz); }
