/* SPDX-License-Identifier: MIT */
/*
 * audioop: sound as bytes of samples of 1 to 4 bytes, signed, in the machine's order.
 *
 * Every function opens its fragment (argument 0) with its width (argument 1), computes on samples widened to 32 bits
 * where widths differ, and makes new bytes. G.711 (u-law, A-law) and IMA ADPCM are computed, not looked up, but for
 * the standard's table of steps.
 */
#include <math.h>
#include <stdint.h>

#include "core/modules/math_internal.h"
#include "core/modules/modules.h"

struct fragment { struct rt_buffer b; const uint8_t *p; int64_t bytes, n; int width; };
static const int32_t highest[] = {0, 0x7f, 0x7fff, 0x7fffff, 0x7fffffff};
static const int32_t lowest[] = {0, -0x80, -0x8000, -0x800000, INT32_MIN};

static rt_value problem(struct rt_thread *ts, const char *text)
{
    rt_value type = rt_import_attr(ts, "audioop", "error");
    if (!rt_is_null(type))
        rt_raise(ts, rt_as_type(type), "%s", text);
    rt_decref(ts, type);
    return RT_NULL;
}
static int32_t get(const uint8_t *p, int width)
{
    uint32_t v = 0;
    for (int i = 0; i < width; i++)
        v |= (uint32_t)p[i] << (32 - 8 * width + 8 * i);
    return (int32_t)v >> (32 - 8 * width);
}
static int32_t get32(const uint8_t *p, int width) { return (int32_t)((uint32_t)get(p, width) << (32 - 8 * width)); }
static void put(uint8_t *p, int width, int32_t v)
{
    for (int i = 0; i < width; i++)
        p[i] = (uint8_t)((uint32_t)v >> (8 * i));
}
static void put32(uint8_t *p, int width, int32_t v) { put(p, width, v >> (32 - 8 * width)); }
/* Into what the width holds, downwards. */
static int32_t bound(double v, int width)
{
    if (v > highest[width])
        return highest[width];
    return v < lowest[width] + 1.0 ? lowest[width] : (int32_t)floor(v);
}

/* ---- arguments ---- */
static bool width_ok(struct rt_thread *ts, int64_t width)
{
    if (width >= 1 && width <= 4)
        return true;
    problem(ts, "Size should be 1, 2, 3 or 4");
    return false;
}
static int open_bytes(struct rt_thread *ts, struct fragment *f, const char *fname, const rt_value *a, uint32_t n, uint32_t want)
{
    if (rt_args_count(ts, fname, n, want, want) < 0 || rt_buffer_get(ts, a[0], &f->b, RT_BUF_SIMPLE) < 0)
        return -1;
    f->p = f->b.buf;
    f->bytes = f->b.len;
    return 0;
}
static void shut(struct rt_thread *ts, struct fragment *f) { rt_buffer_release(ts, &f->b); }
/* Fragment and width; whole: of entire samples. */
static int open_any(struct rt_thread *ts, struct fragment *f, const char *fname, const rt_value *a, uint32_t n, uint32_t want, bool whole)
{
    if (open_bytes(ts, f, fname, a, n, want) < 0)
        return -1;
    f->width = rt_as_int(ts, a[1]);
    if (!rt_pending(ts) && width_ok(ts, f->width)) {
        f->n = f->bytes / f->width;
        if (!whole || f->bytes % f->width == 0)
            return 0;
        problem(ts, "not a whole number of frames");
    }
    shut(ts, f);
    return -1;
}
static int open_samples(struct rt_thread *ts, struct fragment *f, const char *fname, const rt_value *a, uint32_t n, uint32_t want)
{
    return open_any(ts, f, fname, a, n, want, true);
}
static int32_t at(const struct fragment *f, int64_t i) { return get(f->p + i * f->width, f->width); }
static uint8_t *data_of(rt_value bytes) { return (uint8_t *)rt_as_bytes(bytes)->data; }
#define ARGS struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n

/* ---- one number out of all samples ---- */
static rt_value au_getsample(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "getsample", a, n, 3) < 0)
        return RT_NULL;
    int64_t i = rt_as_index(ts, a[2], NULL);
    rt_value r = rt_pending(ts) ? RT_NULL : i < 0 || i >= f.n ? problem(ts, "Index out of range") : rt_int_imm(at(&f, i));
    shut(ts, &f);
    return r;
}
static rt_value au_max(ARGS)
{
    struct fragment f;
    int64_t most = 0;
    if (open_samples(ts, &f, "max", a, n, 2) < 0)
        return RT_NULL;
    for (int64_t i = 0; i < f.n; i++) {
        int64_t v = at(&f, i);
        v = v < 0 ? -v : v;
        most = v > most ? v : most;
    }
    shut(ts, &f);
    return rt_int_imm(most);
}
static rt_value au_minmax(ARGS)
{
    struct fragment f;
    int32_t low = INT32_MAX, high = INT32_MIN;
    if (open_samples(ts, &f, "minmax", a, n, 2) < 0)
        return RT_NULL;
    for (int64_t i = 0; i < f.n; i++) {
        int32_t v = at(&f, i);
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    shut(ts, &f);
    return rt_tuple_pack(ts, 2, rt_int_imm(low), rt_int_imm(high));
}
static rt_value au_avg(ARGS)
{
    struct fragment f;
    double sum = 0;
    if (open_samples(ts, &f, "avg", a, n, 2) < 0)
        return RT_NULL;
    for (int64_t i = 0; i < f.n; i++)
        sum += at(&f, i);
    shut(ts, &f);
    return rt_int_imm(f.n ? (int64_t)floor(sum / (double)f.n) : 0);
}
static rt_value au_rms(ARGS)
{
    struct fragment f;
    double sum = 0;
    if (open_samples(ts, &f, "rms", a, n, 2) < 0)
        return RT_NULL;
    for (int64_t i = 0; i < f.n; i++)
        sum += (double)at(&f, i) * at(&f, i);
    shut(ts, &f);
    return rt_int_imm(f.n ? (int64_t)sqrt(sum / (double)f.n) : 0);
}
static rt_value au_cross(ARGS)
{
    struct fragment f;
    int64_t crossings = 0;
    if (open_samples(ts, &f, "cross", a, n, 2) < 0)
        return RT_NULL;
    for (int64_t i = 1; i < f.n; i++)
        crossings += (at(&f, i) < 0) != (at(&f, i - 1) < 0);
    shut(ts, &f);
    return rt_int_imm(f.n ? crossings : -1);
}
/* Differences between neighbouring extremes: their sum, number and the greatest. */
struct swings { double sum; int64_t count, greatest; };
static struct swings swings(const struct fragment *f)
{
    struct swings s = {0};
    bool have = false;
    int falling = -1; /* unknown */
    int64_t extreme = 0, last = f->n ? at(f, 0) : 0;
    for (int64_t i = 1; i < f->n; i++) {
        int64_t v = at(f, i);
        if (v == last)
            continue;
        if (falling == (v > last)) {
            int64_t d = last < extreme ? extreme - last : last - extreme;
            if (have) {
                s.sum += (double)d;
                s.count++;
                s.greatest = d > s.greatest ? d : s.greatest;
            }
            have = true;
            extreme = last;
        }
        falling = v < last;
        last = v;
    }
    return s;
}
static rt_value au_avgpp(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "avgpp", a, n, 2) < 0)
        return RT_NULL;
    struct swings s = swings(&f);
    shut(ts, &f);
    return rt_int_imm(s.count ? (int64_t)(s.sum / (double)s.count) : 0);
}
static rt_value au_maxpp(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "maxpp", a, n, 2) < 0)
        return RT_NULL;
    struct swings s = swings(&f);
    shut(ts, &f);
    return rt_int_imm(s.greatest);
}

/* ---- likeness of 16-bit fragments ---- */
static double product(const uint8_t *x, const uint8_t *y, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)get(x + 2 * i, 2) * get(y + 2 * i, 2);
    return sum;
}
static double square(const uint8_t *p, int64_t i) { return (double)get(p + 2 * i, 2) * get(p + 2 * i, 2); }
/* Two fragments of whole 16-bit samples; the lengths in samples. */
static int open_two(struct rt_thread *ts, struct fragment *f, struct fragment *g, const char *fname, const rt_value *a, uint32_t n)
{
    if (open_bytes(ts, f, fname, a, n, 2) < 0)
        return -1;
    if (rt_buffer_get(ts, a[1], &g->b, RT_BUF_SIMPLE) < 0) {
        shut(ts, f);
        return -1;
    }
    g->p = g->b.buf;
    f->n = f->bytes / 2;
    g->n = g->b.len / 2;
    if (!((f->bytes | g->b.len) & 1))
        return 0;
    problem(ts, "Strings should be even-sized");
    shut(ts, f);
    shut(ts, g);
    return -1;
}
static rt_value au_findfit(ARGS)
{
    struct fragment f, g;
    rt_value r = RT_NULL;
    if (open_two(ts, &f, &g, "findfit", a, n) < 0)
        return r;
    if (f.n < g.n) {
        problem(ts, "First sample should be longer");
    } else {
        double rr = product(g.p, g.p, g.n), ff = product(f.p, f.p, g.n), fr = product(f.p, g.p, g.n), best = (rr * ff - fr * fr) / ff;
        int64_t best_at = 0;
        for (int64_t j = 1; j <= f.n - g.n; j++) {
            ff += square(f.p, j + g.n - 1) - square(f.p, j - 1);
            fr = product(f.p + 2 * j, g.p, g.n);
            double now = (rr * ff - fr * fr) / ff;
            if (now < best) {
                best = now;
                best_at = j;
            }
        }
        rt_value factor = rt_float_new(ts, product(f.p + 2 * best_at, g.p, g.n) / rr);
        r = rt_is_null(factor) ? factor : rt_tuple_pack(ts, 2, rt_int_imm(best_at), factor);
        rt_decref(ts, factor);
    }
    shut(ts, &f);
    shut(ts, &g);
    return r;
}
static rt_value au_findfactor(ARGS)
{
    struct fragment f, g;
    if (open_two(ts, &f, &g, "findfactor", a, n) < 0)
        return RT_NULL;
    rt_value r = f.n != g.n ? problem(ts, "Samples should be same size") : rt_float_new(ts, product(f.p, g.p, f.n) / product(g.p, g.p, g.n));
    shut(ts, &f);
    shut(ts, &g);
    return r;
}
static rt_value au_findmax(ARGS)
{
    struct fragment f;
    if (open_bytes(ts, &f, "findmax", a, n, 2) < 0)
        return RT_NULL;
    int64_t length = rt_as_index(ts, a[1], NULL), best_at = 0;
    if (!rt_pending(ts) && f.bytes & 1)
        problem(ts, "Strings should be even-sized");
    else if (!rt_pending(ts) && (length < 0 || f.bytes / 2 < length))
        problem(ts, "Input sample should be longer");
    if (!rt_pending(ts)) {
        double now = product(f.p, f.p, length), best = now;
        for (int64_t j = 1; j <= f.bytes / 2 - length && length; j++) {
            now += square(f.p, j + length - 1) - square(f.p, j - 1);
            if (now > best) {
                best = now;
                best_at = j;
            }
        }
    }
    shut(ts, &f);
    return rt_pending(ts) ? RT_NULL : rt_int_imm(best_at);
}

/* ---- sample by sample ---- */
static rt_value au_mul(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "mul", a, n, 3) < 0)
        return RT_NULL;
    double factor = rt_as_double(ts, a[2]);
    rt_value r = rt_pending(ts) ? RT_NULL : rt_bytes_new(ts, NULL, (size_t)f.bytes);
    for (int64_t i = 0; i < f.n && !rt_is_null(r); i++)
        put(data_of(r) + i * f.width, f.width, bound(at(&f, i) * factor, f.width));
    shut(ts, &f);
    return r;
}
static rt_value au_bias(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "bias", a, n, 3) < 0)
        return RT_NULL;
    int bias = rt_as_int(ts, a[2]);
    rt_value r = rt_pending(ts) ? RT_NULL : rt_bytes_new(ts, NULL, (size_t)f.bytes);
    for (int64_t i = 0; i < f.n && !rt_is_null(r); i++)
        put(data_of(r) + i * f.width, f.width, (int32_t)((uint32_t)at(&f, i) + (uint32_t)bias));
    shut(ts, &f);
    return r;
}
static rt_value au_add(ARGS)
{
    if (rt_args_count(ts, "add", n, 3, 3) < 0)
        return RT_NULL;
    struct fragment f;
    struct rt_buffer g;
    rt_value given[] = {a[0], a[2]}, r = RT_NULL;
    if (!rt_has_buffer(a[0]) || rt_buffer_get(ts, a[1], &g, RT_BUF_SIMPLE) < 0)
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_TypeError, "a bytes-like object is required, not '%T'", a[0]);
    if (open_samples(ts, &f, "add", given, 2, 2) == 0) {
        r = f.bytes != g.len ? problem(ts, "Lengths should be the same") : rt_bytes_new(ts, NULL, (size_t)f.bytes);
        for (int64_t i = 0; i < f.n && !rt_is_null(r); i++)
            put(data_of(r) + i * f.width, f.width, bound((double)at(&f, i) + get((uint8_t *)g.buf + i * f.width, f.width), f.width));
        shut(ts, &f);
    }
    rt_buffer_release(ts, &g);
    return r;
}
static rt_value au_tomono(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "tomono", a, n, 4) < 0)
        return RT_NULL;
    double left = rt_as_double(ts, a[2]), right = rt_pending(ts) ? 0 : rt_as_double(ts, a[3]);
    rt_value r = rt_pending(ts) ? RT_NULL : f.n & 1 ? problem(ts, "not a whole number of frames") : rt_bytes_new(ts, NULL, (size_t)f.bytes / 2);
    for (int64_t i = 0; i < f.n && !rt_is_null(r); i += 2)
        put(data_of(r) + i / 2 * f.width, f.width, bound(at(&f, i) * left + at(&f, i + 1) * right, f.width));
    shut(ts, &f);
    return r;
}
static rt_value au_tostereo(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "tostereo", a, n, 4) < 0)
        return RT_NULL;
    double left = rt_as_double(ts, a[2]), right = rt_pending(ts) ? 0 : rt_as_double(ts, a[3]);
    rt_value r = rt_pending(ts) ? RT_NULL : rt_bytes_new(ts, NULL, (size_t)f.bytes * 2);
    for (int64_t i = 0; i < f.n && !rt_is_null(r); i++) {
        put(data_of(r) + 2 * i * f.width, f.width, bound(at(&f, i) * left, f.width));
        put(data_of(r) + (2 * i + 1) * f.width, f.width, bound(at(&f, i) * right, f.width));
    }
    shut(ts, &f);
    return r;
}
static rt_value au_reverse(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "reverse", a, n, 2) < 0)
        return RT_NULL;
    rt_value r = rt_bytes_new(ts, NULL, (size_t)f.bytes);
    for (int64_t i = 0; i < f.n && !rt_is_null(r); i++)
        put(data_of(r) + (f.n - 1 - i) * f.width, f.width, at(&f, i));
    shut(ts, &f);
    return r;
}
static rt_value au_byteswap(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "byteswap", a, n, 2) < 0)
        return RT_NULL;
    rt_value r = rt_bytes_new(ts, NULL, (size_t)f.bytes);
    for (int64_t i = 0; i < f.bytes && !rt_is_null(r); i++)
        data_of(r)[i - i % f.width + (f.width - 1 - i % f.width)] = f.p[i];
    shut(ts, &f);
    return r;
}
static rt_value au_lin2lin(ARGS)
{
    struct fragment f;
    if (open_samples(ts, &f, "lin2lin", a, n, 3) < 0)
        return RT_NULL;
    int to = rt_as_int(ts, a[2]);
    rt_value r = rt_pending(ts) || !width_ok(ts, to) ? RT_NULL : rt_bytes_new(ts, NULL, (size_t)(f.n * to));
    for (int64_t i = 0; i < f.n && !rt_is_null(r); i++)
        put32(data_of(r) + i * to, to, get32(f.p + i * f.width, f.width));
    shut(ts, &f);
    return r;
}

/* ---- G.711 ---- */
static int bits_of(int v) { return v ? 32 - __builtin_clz((unsigned)v) : 0; }
static uint8_t to_ulaw(int32_t v) /* of 14 bits */
{
    int mask = v < 0 ? 0x7f : 0xff, m = (v < 0 ? -v : v) > 8159 ? 8159 : v < 0 ? -v : v;
    m += 33;
    int segment = bits_of(m) - 6;
    return (uint8_t)((segment > 7 ? 0x7f : segment << 4 | (m >> (segment + 1) & 15)) ^ mask);
}
static int32_t from_ulaw(uint8_t u) /* 16 bits */
{
    u = (uint8_t)~u;
    int m = ((((u & 15) << 3) + 0x84) << (u >> 4 & 7)) - 0x84;
    return u & 0x80 ? -m : m;
}
static uint8_t to_alaw(int32_t v) /* of 13 bits */
{
    int mask = v < 0 ? 0x55 : 0xd5, m = v < 0 ? -v - 1 : v, segment = bits_of(m) < 5 ? 0 : bits_of(m) - 5;
    return (uint8_t)((segment > 7 ? 0x7f : segment << 4 | (m >> (segment < 2 ? 1 : segment) & 15)) ^ mask);
}
static int32_t from_alaw(uint8_t c) /* 16 bits */
{
    c ^= 0x55;
    int segment = c >> 4 & 7, m = ((c & 15) << 4) + (segment ? 0x108 : 8);
    m <<= segment ? segment - 1 : 0;
    return c & 0x80 ? m : -m;
}
static rt_value compress(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, uint8_t (*code)(int32_t), int bits)
{
    struct fragment f;
    if (open_samples(ts, &f, fname, a, n, 2) < 0)
        return RT_NULL;
    rt_value r = rt_bytes_new(ts, NULL, (size_t)f.n);
    for (int64_t i = 0; i < f.n && !rt_is_null(r); i++)
        data_of(r)[i] = code(get32(f.p + i * f.width, f.width) >> (32 - bits));
    shut(ts, &f);
    return r;
}
static rt_value expand(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, int32_t (*decode)(uint8_t))
{
    struct fragment f;
    if (open_any(ts, &f, fname, a, n, 2, false) < 0)
        return RT_NULL;
    rt_value r = rt_bytes_new(ts, NULL, (size_t)(f.bytes * f.width));
    for (int64_t i = 0; i < f.bytes && !rt_is_null(r); i++)
        put32(data_of(r) + i * f.width, f.width, (int32_t)((uint32_t)decode(f.p[i]) << 16));
    shut(ts, &f);
    return r;
}
static rt_value au_lin2ulaw(ARGS) { return compress(ts, "lin2ulaw", a, n, to_ulaw, 14); }
static rt_value au_lin2alaw(ARGS) { return compress(ts, "lin2alaw", a, n, to_alaw, 13); }
static rt_value au_ulaw2lin(ARGS) { return expand(ts, "ulaw2lin", a, n, from_ulaw); }
static rt_value au_alaw2lin(ARGS) { return expand(ts, "alaw2lin", a, n, from_alaw); }

/* ---- IMA ADPCM ---- */
static const int16_t steps[89] = {
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143, 157,
    173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707,
    1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635,
    13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767};
struct adpcm { int value, index; };

static int clamp(int v, int low, int high) { return v < low ? low : v > high ? high : v; }
static int read_state(struct rt_thread *ts, const char *fname, rt_value v, struct adpcm *s)
{
    *s = (struct adpcm){0, 0};
    if (rt_is_none(v))
        return 0;
    if (!rt_is_tuple(v))
        rt_raise(ts, &rt_exc_TypeError, "state must be a tuple or None");
    else if (rt_as_tuple(v)->length != 2)
        rt_raise(ts, &rt_exc_TypeError, "%s(): illegal state argument", fname);
    if (!rt_pending(ts))
        s->value = rt_as_int(ts, rt_as_tuple(v)->items[0]);
    if (!rt_pending(ts))
        s->index = rt_as_int(ts, rt_as_tuple(v)->items[1]);
    if (!rt_pending(ts) && (s->value < -0x8000 || s->value > 0x7fff || s->index < 0 || s->index > 88))
        rt_raise(ts, &rt_exc_ValueError, "bad state");
    return rt_pending(ts) ? -1 : 0;
}
/* What code says of the next sample. */
static void advance(struct adpcm *s, int code)
{
    static const int8_t moves[8] = {-1, -1, -1, -1, 2, 4, 6, 8};
    int step = steps[s->index], d = step >> 3;
    d += (code & 4 ? step : 0) + (code & 2 ? step >> 1 : 0) + (code & 1 ? step >> 2 : 0);
    s->value = clamp(code & 8 ? s->value - d : s->value + d, -0x8000, 0x7fff);
    s->index = clamp(s->index + moves[code & 7], 0, 88);
}
static int nearest_code(const struct adpcm *s, int v)
{
    int d = v - s->value, step = steps[s->index], code = d < 0 ? 8 : 0;
    d = d < 0 ? -d : d;
    for (int bit = 4; bit; bit >>= 1, step >>= 1)
        if (d >= step) {
            code |= bit;
            d -= step;
        }
    return code;
}
static rt_value with_state(struct rt_thread *ts, rt_value bytes, const struct adpcm *s)
{
    rt_value state = rt_is_null(bytes) ? bytes : rt_tuple_pack(ts, 2, rt_int_imm(s->value), rt_int_imm(s->index));
    rt_value r = rt_is_null(state) ? state : rt_tuple_pack(ts, 2, bytes, state);
    rt_decref(ts, bytes);
    rt_decref(ts, state);
    return r;
}
static rt_value au_lin2adpcm(ARGS)
{
    struct fragment f;
    struct adpcm s;
    if (open_samples(ts, &f, "lin2adpcm", a, n, 3) < 0)
        return RT_NULL;
    rt_value r = read_state(ts, "lin2adpcm", a[2], &s) < 0 ? RT_NULL : rt_bytes_new(ts, NULL, (size_t)f.n / 2);
    for (int64_t i = 0; i < f.n && !rt_is_null(r); i++) {
        int code = nearest_code(&s, get32(f.p + i * f.width, f.width) >> 16);
        advance(&s, code);
        if (i & 1)
            data_of(r)[i / 2] |= (uint8_t)code;
        else if (i / 2 < f.n / 2)
            data_of(r)[i / 2] = (uint8_t)(code << 4);
    }
    shut(ts, &f);
    return with_state(ts, r, &s);
}
static rt_value au_adpcm2lin(ARGS)
{
    struct fragment f;
    struct adpcm s;
    if (open_any(ts, &f, "adpcm2lin", a, n, 3, false) < 0)
        return RT_NULL;
    rt_value r = read_state(ts, "adpcm2lin", a[2], &s) < 0 ? RT_NULL : rt_bytes_new(ts, NULL, (size_t)(f.bytes * 2 * f.width));
    for (int64_t i = 0; i < f.bytes * 2 && !rt_is_null(r); i++) {
        advance(&s, i & 1 ? f.p[i / 2] & 15 : f.p[i / 2] >> 4);
        put32(data_of(r) + i * f.width, f.width, (int32_t)((uint32_t)s.value << 16));
    }
    shut(ts, &f);
    return with_state(ts, r, &s);
}

/* ---- rate conversion: samples on the line between two neighbours, after a low-pass filter ---- */
struct channel { int32_t before, now; };
struct rates { int64_t in, out; double a, b; int64_t channels, d; }; /* d: where between two frames the next one lies */

static int read_channels(struct rt_thread *ts, rt_value state, struct rates *r, struct channel *c)
{
    r->d = -r->out;
    if (rt_is_none(state))
        return 0;
    if (!rt_is_tuple(state)) {
        rt_raise(ts, &rt_exc_TypeError, "state must be a tuple or None");
        return -1;
    }
    struct rt_tuple *t = rt_as_tuple(state);
    if (t->length != 2 || !rt_is_tuple(t->items[1])) {
        rt_raise(ts, &rt_exc_TypeError, "ratecv(): illegal state argument");
        return -1;
    }
    r->d = rt_as_int(ts, t->items[0]);
    if (!rt_pending(ts) && (int64_t)rt_as_tuple(t->items[1])->length != r->channels)
        problem(ts, "illegal state argument");
    for (int64_t i = 0; i < r->channels && !rt_pending(ts); i++) {
        rt_value pair = rt_as_tuple(t->items[1])->items[i];
        if (!rt_is_tuple(pair) || rt_as_tuple(pair)->length != 2) {
            rt_raise(ts, &rt_exc_TypeError, "ratecv(): illegal state argument");
            break;
        }
        c[i].before = rt_as_int(ts, rt_as_tuple(pair)->items[0]);
        c[i].now = rt_pending(ts) ? 0 : rt_as_int(ts, rt_as_tuple(pair)->items[1]);
    }
    if (!rt_pending(ts) && r->d >= r->out) /* more would come out than frames go in */
        problem(ts, "illegal state argument");
    return rt_pending(ts) ? -1 : 0;
}
static rt_value channel_state(struct rt_thread *ts, const struct rates *r, const struct channel *c)
{
    rt_value t = rt_tuple_new(ts, (size_t)r->channels);
    for (int64_t i = 0; i < r->channels && !rt_is_null(t); i++)
        if (rt_is_null(rt_as_tuple(t)->items[i] = rt_tuple_pack(ts, 2, rt_int_imm(c[i].before), rt_int_imm(c[i].now))))
            rt_clear(ts, &t);
    rt_value state = rt_is_null(t) ? t : rt_tuple_pack(ts, 2, rt_int_imm(r->d), t);
    rt_decref(ts, t);
    return state;
}
/* The frames of f at the other rate, into out, which has room. Returns the end. */
static uint8_t *convert(const struct fragment *f, struct rates *r, struct channel *c, uint8_t *out)
{
    const uint8_t *in = f->p, *end = f->p + f->bytes;
    for (;;) {
        for (; r->d >= 0; r->d -= r->in)
            for (int64_t k = 0; k < r->channels; k++, out += f->width)
                put32(out, f->width, (int32_t)((c[k].before * (double)r->d + c[k].now * (double)(r->out - r->d)) / (double)r->out));
        for (; r->d < 0; r->d += r->out) {
            if (in == end)
                return out;
            for (int64_t k = 0; k < r->channels; k++, in += f->width) {
                c[k].before = c[k].now;
                c[k].now = (int32_t)((r->a * get32(in, f->width) + r->b * c[k].before) / (r->a + r->b));
            }
        }
    }
}
static rt_value converted(struct rt_thread *ts, const struct fragment *f, struct rates *r, rt_value state)
{
    struct channel *c = rt_raw_calloc((size_t)r->channels, sizeof *c);
    int64_t frame = f->width * r->channels, frames = f->bytes / frame, most;
    uint8_t *out = NULL;
    rt_value res = RT_NULL;
    if (!c || __builtin_mul_overflow(frames + 1, r->out, &most) || __builtin_mul_overflow(most / r->in + 2, frame, &most))
        rt_raise_no_memory(ts);
    else if (read_channels(ts, state, r, c) == 0 && !(out = rt_raw_malloc((size_t)most)))
        rt_raise_no_memory(ts);
    if (out) {
        size_t n = (size_t)(convert(f, r, c, out) - out);
        rt_value bytes = rt_bytes_new(ts, out, n), after = rt_is_null(bytes) ? bytes : channel_state(ts, r, c);
        res = rt_is_null(after) ? after : rt_tuple_pack(ts, 2, bytes, after);
        rt_decref(ts, bytes);
        rt_decref(ts, after);
    }
    rt_raw_free(out);
    rt_raw_free(c);
    return res;
}
static rt_value au_ratecv(ARGS)
{
    struct fragment f;
    int v[8] = {0, 0, 0, 0, 0, 0, 1, 0}; /* by argument */
    if (rt_args_count(ts, "ratecv", n, 6, 8) < 0 || open_bytes(ts, &f, "ratecv", a, 2, 2) < 0)
        return RT_NULL;
    for (uint32_t i = 1; i < n && !rt_pending(ts); i++)
        if (i != 5)
            v[i] = rt_as_int(ts, a[i]);
    f.width = v[1];
    struct rates r = {.in = v[3], .out = v[4], .channels = v[2]};
    rt_value res = RT_NULL;
    if (rt_pending(ts) || !width_ok(ts, f.width)) {
    } else if (v[2] < 1) {
        problem(ts, "# of channels should be >= 1");
    } else if (v[2] > INT32_MAX / f.width) {
        rt_raise(ts, &rt_exc_OverflowError, "width * nchannels too big for a C int");
    } else if (v[6] < 1 || v[7] < 0) {
        problem(ts, "weightA should be >= 1, weightB should be >= 0");
    } else if (f.bytes % (f.width * r.channels)) {
        problem(ts, "not a whole number of frames");
    } else if (v[3] <= 0 || v[4] <= 0) {
        problem(ts, "sampling rate not > 0");
    } else {
        int64_t d = (int64_t)rt_math_gcd((uint64_t)r.in, (uint64_t)r.out), w = (int64_t)rt_math_gcd((uint64_t)v[6], (uint64_t)v[7]);
        r.in /= d;
        r.out /= d;
        r.a = (double)(v[6] / w);
        r.b = (double)(v[7] / w);
        res = converted(ts, &f, &r, a[5]);
    }
    shut(ts, &f);
    return res;
}

#define M(name, sig, text) {#name, au_##name, RT_METH_FAST, #name "($module, " sig ", /)\n--\n\n" text}
static const struct rt_method_def methods[] = {
    M(max, "fragment, width", "The greatest absolute value of the samples."),
    M(minmax, "fragment, width", "The least and the greatest sample."),
    M(avg, "fragment, width", "The mean of the samples."),
    M(maxpp, "fragment, width", "The greatest swing from one extreme to the next."),
    M(avgpp, "fragment, width", "The mean swing from one extreme to the next."),
    M(rms, "fragment, width", "The square root of the mean of the squares: a measure of power."),
    M(findfit, "fragment, reference", "Where in fragment the reference fits best, and the factor."),
    M(findmax, "fragment, length", "Where the length samples with the most energy begin."),
    M(findfactor, "fragment, reference", "The factor by which reference is most like fragment."),
    M(cross, "fragment, width", "How often the samples change their sign."),
    M(mul, "fragment, width, factor", "Each sample times factor, cut off at what the width holds."),
    M(add, "fragment1, fragment2, width", "Sums of the samples, cut off at what the width holds."),
    M(bias, "fragment, width, bias", "Each sample plus bias, wrapping around."),
    M(ulaw2lin, "fragment, width", "Samples of u-law code."),
    M(lin2ulaw, "fragment, width", "u-law code of samples."),
    M(alaw2lin, "fragment, width", "Samples of A-law code."),
    M(lin2alaw, "fragment, width", "A-law code of samples."),
    M(lin2lin, "fragment, width, newwidth", "The samples in another width."),
    M(adpcm2lin, "fragment, width, state", "Samples of IMA ADPCM code, and the new state."),
    M(lin2adpcm, "fragment, width, state", "IMA ADPCM code of samples, and the new state."),
    M(tomono, "fragment, width, lfactor, rfactor", "One channel out of two."),
    M(tostereo, "fragment, width, lfactor, rfactor", "Two channels out of one."),
    M(getsample, "fragment, width, index", "One sample."),
    M(reverse, "fragment, width", "The samples in reverse."),
    M(byteswap, "fragment, width", "The samples with their bytes in reverse."),
    M(ratecv, "fragment, width, nchannels, inrate, outrate, state, weightA=1,\n       weightB=0", "The frames at another rate, and the new state."),
    {NULL},
};
static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_warn(ts, &rt_exc_DeprecationWarning, 7, "'audioop' is deprecated and slated for removal in Python 3.13") < 0)
        return -1;
    return rt_is_null(rt_module_add_exception(ts, m, "error", rt_type_value(&rt_exc_Exception))) ? -1 : 0;
}
const struct rt_module_def rt_module_audioop = {.name = "audioop", .doc = "Operations on sound samples.", .methods = methods, .exec = exec};
