/* SPDX-License-Identifier: MIT */
/*
 * tell() and seek() of TextIOWrapper. A position in the text is a place of the underlying stream at which the
 * decoder's state is known, plus what to do from there: feed so many bytes, drop so many characters. The five
 * numbers are packed into one int, which is the plain byte offset in the common case.
 *
 * tell() finds the nearest such place before the current character by decoding the last chunk again, in pieces.
 */
#include "core/modules/io/textio_internal.h"

struct cookie { int64_t start; int32_t flags, feed, skip; uint8_t need_eof; };
enum { COOKIE_BYTES = 8 + 4 + 4 + 4 + 1 };

static rt_value pack(struct rt_thread *ts, const struct cookie *c)
{
    uint8_t b[COOKIE_BYTES];
    if (!c->flags && !c->feed && !c->skip && !c->need_eof)
        return rt_int_from_i64(ts, c->start);
    memcpy(b, &c->start, 8);
    memcpy(b + 8, &c->flags, 4);
    memcpy(b + 12, &c->feed, 4);
    memcpy(b + 16, &c->skip, 4);
    b[20] = c->need_eof;
    return rt_int_from_bytes(ts, b, sizeof(b), true, false);
}
static int unpack(struct rt_thread *ts, rt_value v, struct cookie *c)
{
    uint8_t b[COOKIE_BYTES];
    *c = (struct cookie){0};
    rt_value i = rt_index(ts, v);
    if (rt_is_null(i) || rt_int_to_bytes(ts, i, b, sizeof(b), true, false) < 0) {
        rt_decref(ts, i);
        return -1;
    }
    rt_decref(ts, i);
    memcpy(&c->start, b, 8);
    memcpy(&c->flags, b + 8, 4);
    memcpy(&c->feed, b + 12, 4);
    memcpy(&c->skip, b + 16, 4);
    c->need_eof = b[20];
    return 0;
}

/* Put the decoder into a state: these bytes pending, these flags. */
static int setstate(struct rt_thread *ts, struct textio *t, rt_value pending, int64_t flags)
{
    if (rt_load_relaxed(&t->readuniversal)) {
        t->pending_cr = flags & 1;
        flags >>= 1;
    }
    if (t->codec != CODEC_OTHER) {
        t->npending = (uint8_t)(rt_as_bytes(pending)->length & 3);
        memcpy(t->pending, rt_as_bytes(pending)->data, t->npending);
        return 0;
    }
    rt_value dec = rt_slot_get(ts, t, &t->decoder), st, r = RT_NONE;
    if (dec.bits) {
        st = rt_tuple_pack(ts, 2, pending, rt_int_imm(flags));
        r = rt_call_method(ts, dec, "setstate", &st, 1);
        rt_decref(ts, st);
    }
    rt_decref(ts, dec);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}
static int reset(struct rt_thread *ts, struct textio *t)
{
    t->pending_cr = false;
    t->npending = 0;
    rt_value dec = rt_slot_get(ts, t, &t->decoder), r = RT_NONE;
    if (dec.bits)
        r = rt_call_method(ts, dec, "reset", NULL, 0);
    rt_decref(ts, dec);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}
static int start_at(struct rt_thread *ts, struct textio *t, const struct cookie *c)
{
    return c->start == 0 && c->flags == 0 ? reset(ts, t) : setstate(ts, t, rt_bytes_empty(), c->flags);
}
static int encoder_at(struct rt_thread *ts, struct textio *t, bool start)
{
    rt_value enc = rt_slot_get(ts, t, &t->encoder), zero = rt_int_imm(0), r = RT_NONE;
    if (enc.bits)
        r = rt_call_method(ts, enc, start ? "reset" : "setstate", &zero, start ? 0 : 1);
    rt_decref(ts, enc);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}
/* Characters that p[0..n) decodes to, or -1. */
static int64_t feed(struct rt_thread *ts, struct textio *t, const char *p, int64_t n, bool final)
{
    rt_value b = rt_bytes_new(ts, p, (size_t)n), s = b.bits ? rt_textio_decode(ts, t, b, final) : RT_NULL;
    int64_t len = s.bits ? (int64_t)rt_str_len(s) : -1;
    rt_decref(ts, b);
    rt_decref(ts, s);
    return len;
}
/* How many bytes are pending in the decoder, and its flags; -1 error. */
static int64_t pending_now(struct rt_thread *ts, struct textio *t, int32_t *flags)
{
    rt_value b, f;
    if (rt_textio_getstate(ts, t, &b, &f) < 0)
        return -1;
    int64_t n = (int64_t)rt_as_bytes(b)->length;
    *flags = rt_as_int(ts, f);
    rt_decref(ts, b);
    rt_decref(ts, f);
    return rt_pending(ts) ? -1 : n;
}

/* Find the last place before `skip` characters at which nothing is pending: guess by the ratio of bytes to characters, go
   back in growing steps. The decoder is left at the place. */
static int jump(struct rt_thread *ts, struct textio *t, struct cookie *c, const char *in, int64_t len, double ratio)
{
    int64_t bytes = (int64_t)(ratio * c->skip), back = 1;
    while (bytes > 0) {
        if (bytes > len)
            bytes = len;
        if (start_at(ts, t, c) < 0)
            return -1;
        int64_t chars = feed(ts, t, in, bytes, false), n;
        int32_t flags;
        if (chars < 0)
            return -1;
        if (chars > c->skip) {
            bytes -= back;
            back *= 2;
            continue;
        }
        n = pending_now(ts, t, &flags);
        if (n < 0)
            return -1;
        if (n == 0) {
            c->flags = flags;
            c->skip -= (int32_t)chars;
            c->start += bytes;
            return (int)bytes;
        }
        bytes -= n;
        back = 1;
    }
    return start_at(ts, t, c) < 0 ? -1 : 0;
}
static int walk(struct rt_thread *ts, struct textio *t, struct cookie *c, const char *in, int64_t len)
{
    int64_t decoded = 0, i = 0;
    while (i < len) {
        int64_t chars = feed(ts, t, in + i++, 1, false), n;
        int32_t flags;
        if (chars < 0)
            return -1;
        decoded += chars;
        c->feed++;
        n = pending_now(ts, t, &flags);
        if (n < 0)
            return -1;
        if (n == 0 && decoded <= c->skip) {
            c->start += c->feed;
            c->skip -= (int32_t)decoded;
            c->flags = flags;
            c->feed = 0;
            decoded = 0;
        }
        if (decoded >= c->skip)
            return 0;
    }
    int64_t chars = feed(ts, t, "", 0, true);
    if (chars < 0)
        return -1;
    c->need_eof = 1;
    if (decoded + chars < c->skip) {
        rt_raise(ts, &rt_exc_OSError, "can't reconstruct logical file position");
        return -1;
    }
    return 0;
}
static rt_value position(struct rt_thread *ts, struct textio *t, struct cookie *c, rt_value input)
{
    rt_value saved, flags, d = rt_slot_get(ts, t, &t->decoded), keep = RT_NULL;
    uint8_t seen = rt_load_relaxed(&t->seennl);
    if (rt_textio_getstate(ts, t, &saved, &flags) < 0) {
        rt_decref(ts, d);
        return RT_NULL;
    }
    const char *in = rt_as_bytes(input)->data;
    int64_t len = (int64_t)rt_as_bytes(input)->length;
    double ratio = rt_str_len(d) ? (double)len / (double)rt_str_len(d) : 0;
    rt_decref(ts, d);
    int done = jump(ts, t, c, in, len, ratio);
    if (done >= 0 && c->skip > 0)
        done = walk(ts, t, c, in + done, len - done);
    if (done < 0)
        keep = rt_exc_take(ts);
    int err = setstate(ts, t, saved, rt_as_i64(ts, flags));
    rt_store_relaxed(&t->seennl, seen);
    rt_decref(ts, saved);
    rt_decref(ts, flags);
    if (keep.bits) {
        rt_exc_clear(ts);
        rt_exc_put(ts, keep);
    }
    return err < 0 || done < 0 ? RT_NULL : pack(ts, c);
}
static int flush(struct rt_thread *ts, rt_value self)
{
    rt_value r = rt_call_method(ts, self, "flush", NULL, 0);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}
static rt_value tell_locked(struct rt_thread *ts, rt_value self)
{
    struct textio *t = T(self);
    rt_value buf = rt_textio_buffer(ts, self), r = buf.bits ? rt_call_method(ts, buf, "tell", NULL, 0) : RT_NULL;
    rt_decref(ts, buf);
    rt_value snap = rt_slot_get(ts, t, &t->snapshot), d = rt_slot_get(ts, t, &t->decoded), input;
    if (rt_is_null(r) || rt_is_null(snap) || rt_is_null(d))
        goto done;
    int64_t at = rt_as_i64(ts, r);
    if (t->codec != CODEC_OTHER && t->used == rt_str_len(d) && !t->npending && !t->pending_cr)
        goto done; /* all that was read has been handed out */
    rt_decref(ts, r);
    input = rt_as_tuple(snap)->items[1];
    struct cookie c = {.start = at - (int64_t)rt_as_bytes(input)->length, .flags = rt_as_int(ts, rt_as_tuple(snap)->items[0]),
                       .skip = (int32_t)t->used};
    r = rt_pending(ts) ? RT_NULL : c.skip == 0 ? pack(ts, &c) : position(ts, t, &c, input);
done:
    rt_decref(ts, snap);
    rt_decref(ts, d);
    return r;
}
rt_value rt_textio_tell(struct rt_thread *ts, rt_value self)
{
    if (rt_textio_check_open(ts, self) < 0)
        return RT_NULL;
    if (!rt_load_relaxed(&T(self)->seekable))
        return rt_io_unsupported(ts, "underlying stream is not seekable");
    if (!rt_load_relaxed(&T(self)->telling))
        return rt_raise(ts, &rt_exc_OSError, "telling position disabled by next() call");
    if (flush(ts, self) < 0 || rt_io_lock_enter(ts, &T(self)->lock, self) < 0)
        return RT_NULL;
    rt_value r = tell_locked(ts, self);
    rt_io_lock_leave(&T(self)->lock);
    return r;
}

static void forget(struct rt_thread *ts, struct textio *t)
{
    rt_textio_set_decoded(ts, t, RT_NULL);
    rt_slot_set(ts, &t->snapshot, RT_NULL);
}
static rt_value seek_end(struct rt_thread *ts, rt_value self)
{
    struct textio *t = T(self);
    rt_value buf, r, a[2] = {rt_int_imm(0), rt_int_imm(2)};
    forget(ts, t);
    if (reset(ts, t) < 0)
        return RT_NULL;
    buf = rt_textio_buffer(ts, self);
    r = buf.bits ? rt_call_method(ts, buf, "seek", a, 2) : RT_NULL;
    rt_decref(ts, buf);
    if (r.bits && encoder_at(ts, t, rt_is_int(r) && rt_int_get(r) == 0) < 0)
        rt_clear(ts, &r);
    return r;
}
/* Read what the cookie says and drop its characters. */
static int skip_chars(struct rt_thread *ts, rt_value self, const struct cookie *c)
{
    struct textio *t = T(self);
    rt_value buf = rt_textio_buffer(ts, self), n = rt_int_imm(c->feed), in = buf.bits ? rt_call_method(ts, buf, "read", &n, 1) : RT_NULL, s;
    rt_decref(ts, buf);
    if (in.bits && !rt_is_bytes(in))
        rt_raise(ts, &rt_exc_TypeError, "underlying read() should have returned a bytes object, not '%.200T'", in);
    if (rt_is_null(in) || rt_pending(ts)) {
        rt_decref(ts, in);
        return -1;
    }
    rt_slot_set(ts, &t->snapshot, rt_tuple_pack(ts, 2, rt_int_imm(c->flags), in));
    s = rt_textio_decode(ts, t, in, c->need_eof);
    rt_decref(ts, in);
    if (rt_is_null(s))
        return -1;
    int64_t got = (int64_t)rt_str_len(s);
    rt_textio_set_decoded(ts, t, s);
    if (got < c->skip) {
        rt_raise(ts, &rt_exc_OSError, "can't restore logical file position");
        return -1;
    }
    t->used = (size_t)c->skip;
    return 0;
}
static rt_value seek_locked(struct rt_thread *ts, rt_value self, rt_value where)
{
    struct textio *t = T(self);
    struct cookie c;
    if (rt_is_any_int(where) && rt_int_sign(where) < 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative seek position %R", where);
    if (unpack(ts, where, &c) < 0)
        return RT_NULL;
    rt_value buf = rt_textio_buffer(ts, self), pos = rt_int_from_i64(ts, c.start), r = RT_NULL;
    if (buf.bits && pos.bits)
        r = rt_call_method(ts, buf, "seek", &pos, 1);
    rt_decref(ts, buf);
    rt_decref(ts, pos);
    if (rt_is_null(r))
        return r;
    rt_decref(ts, r);
    forget(ts, t);
    rt_slot_set(ts, &t->snapshot, rt_tuple_pack(ts, 2, rt_int_imm(c.flags), rt_bytes_empty()));
    if (start_at(ts, t, &c) < 0 || (c.skip && skip_chars(ts, self, &c) < 0))
        return RT_NULL;
    return encoder_at(ts, t, c.start == 0 && c.flags == 0) < 0 ? RT_NULL : rt_newref(ts, where);
}
/* to a cookie, or to the end if `where` is null */
static rt_value seek_to(struct rt_thread *ts, rt_value self, rt_value where)
{
    if (flush(ts, self) < 0 || rt_io_lock_enter(ts, &T(self)->lock, self) < 0)
        return RT_NULL;
    rt_value r = rt_is_null(where) ? seek_end(ts, self) : seek_locked(ts, self, where);
    rt_io_lock_leave(&T(self)->lock);
    return r;
}
rt_value rt_textio_seek(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "seek", n, 1, 2) < 0 || rt_textio_check_open(ts, self) < 0)
        return RT_NULL;
    int how = n > 1 ? rt_as_int(ts, args[1]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    if (!rt_load_relaxed(&T(self)->seekable))
        return rt_io_unsupported(ts, "underlying stream is not seekable");
    if (how == 0)
        return seek_to(ts, self, args[0]);
    if (how != 1 && how != 2)
        return rt_raise(ts, &rt_exc_ValueError, "invalid whence (%d, should be %d, %d or %d)", how, 0, 1, 2);
    int zero = rt_equal(ts, args[0], rt_int_imm(0));
    if (zero <= 0)
        return zero < 0 ? RT_NULL : rt_io_unsupported(ts, how == 1 ? "can't do nonzero cur-relative seeks" : "can't do nonzero end-relative seeks");
    if (how == 2)
        return seek_to(ts, self, RT_NULL);
    rt_value here = rt_call_method(ts, self, "tell", NULL, 0), r;
    if (rt_is_null(here))
        return here;
    r = seek_to(ts, self, here);
    rt_decref(ts, here);
    return r;
}
