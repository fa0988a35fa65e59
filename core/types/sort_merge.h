/* SPDX-License-Identifier: MIT */
/*
 * Merge sort as a template: the includer defines SORT(name), ELEM and LT(x, y) (1, 0, or -1 with an
 * exception, which ends the sort with the array still a permutation of its items).
 *
 * Natural runs are found and short ones extended by binary insertion; runs are merged in the order
 * of the nearly-optimal tree of Munro and Wild (Powersort, 2018); merging gallops (exponential, then
 * binary search; Bentley and Yao 1976; as in Tim Peters' timsort) while one side keeps winning.
 */

/* Elements of base[0..n) that stay before key when key comes later: how many are <= key. */
static ssize_t SORT(upper)(struct rt_thread *ts, const ELEM *key, const ELEM *base, size_t n)
{
    size_t last = 0, ofs = 1;
    int c = LT(*key, base[0]);
    if (c)
        return c < 0 ? -1 : 0;
    while (ofs < n) {
        c = LT(*key, base[ofs]);
        if (c < 0)
            return -1;
        if (c)
            break;
        last = ofs;
        ofs = 2 * ofs + 1;
    }
    if (ofs > n)
        ofs = n;
    for (last++; last < ofs;) {
        size_t m = last + (ofs - last) / 2;
        c = LT(*key, base[m]);
        if (c < 0)
            return -1;
        if (c)
            ofs = m;
        else
            last = m + 1;
    }
    return (ssize_t)ofs;
}

/* How many elements of base[0..n) are < key, searched from the left. */
static ssize_t SORT(lower)(struct rt_thread *ts, const ELEM *key, const ELEM *base, size_t n)
{
    size_t last = 0, ofs = 1;
    int c = LT(base[0], *key);
    if (c <= 0)
        return c < 0 ? -1 : 0;
    while (ofs < n) {
        c = LT(base[ofs], *key);
        if (c < 0)
            return -1;
        if (!c)
            break;
        last = ofs;
        ofs = 2 * ofs + 1;
    }
    if (ofs > n)
        ofs = n;
    for (last++; last < ofs;) {
        size_t m = last + (ofs - last) / 2;
        c = LT(base[m], *key);
        if (c < 0)
            return -1;
        if (c)
            last = m + 1;
        else
            ofs = m;
    }
    return (ssize_t)ofs;
}

/* The same two counts, searched from the right end. */
static ssize_t SORT(upper_r)(struct rt_thread *ts, const ELEM *key, const ELEM *base, size_t n)
{
    size_t hi = n, ofs = 1; /* base[hi..n) are all > key */
    while (ofs <= n) {
        int c = LT(*key, base[n - ofs]);
        if (c < 0)
            return -1;
        if (!c)
            break;
        hi = n - ofs;
        ofs = 2 * ofs;
    }
    size_t lo = ofs <= n ? n - ofs + 1 : 0;
    while (lo < hi) {
        size_t m = lo + (hi - lo) / 2;
        int c = LT(*key, base[m]);
        if (c < 0)
            return -1;
        if (c)
            hi = m;
        else
            lo = m + 1;
    }
    return (ssize_t)lo;
}

static ssize_t SORT(lower_r)(struct rt_thread *ts, const ELEM *key, const ELEM *base, size_t n)
{
    size_t hi = n, ofs = 1; /* base[hi..n) are all >= key */
    while (ofs <= n) {
        int c = LT(base[n - ofs], *key);
        if (c < 0)
            return -1;
        if (c)
            break;
        hi = n - ofs;
        ofs = 2 * ofs;
    }
    size_t lo = ofs <= n ? n - ofs + 1 : 0;
    while (lo < hi) {
        size_t m = lo + (hi - lo) / 2;
        int c = LT(base[m], *key);
        if (c < 0)
            return -1;
        if (c)
            lo = m + 1;
        else
            hi = m;
    }
    return (ssize_t)lo;
}

static int SORT(insertion)(struct rt_thread *ts, ELEM *v, size_t n, size_t sorted)
{
    for (size_t i = sorted; i < n; i++) {
        ELEM pivot = v[i];
        size_t l = 0, r = i;
        while (l < r) {
            size_t m = l + (r - l) / 2;
            int c = LT(pivot, v[m]);
            if (c < 0)
                return -1;
            if (c)
                r = m;
            else
                l = m + 1;
        }
        memmove(v + l + 1, v + l, (i - l) * sizeof(ELEM));
        v[l] = pivot;
    }
    return 0;
}

/* Length of the run that starts v; a strictly descending one is reversed. -1: error. */
static ssize_t SORT(run)(struct rt_thread *ts, ELEM *v, size_t n)
{
    if (n < 2)
        return (ssize_t)n;
    size_t k = 2;
    int c = LT(v[1], v[0]);
    if (c < 0)
        return -1;
    int descending = c;
    for (; k < n; k++) {
        c = LT(v[k], v[k - 1]);
        if (c < 0)
            return -1;
        if (c != descending)
            break;
    }
    if (descending)
        for (size_t i = 0, j = k - 1; i < j; i++, j--) {
            ELEM x = v[i];
            v[i] = v[j];
            v[j] = x;
        }
    return (ssize_t)k;
}

/* a[0..na) and the adjacent b[0..nb), na <= nb, b[0] < a[0], a[na-1] > b[nb-1]. tmp holds na. */
static int SORT(merge_lo)(struct rt_thread *ts, struct merge_state *ms, ELEM *a, size_t na, ELEM *b,
                          size_t nb)
{
    ELEM *t = ms->tmp, *dest = a;
    size_t min_gallop = ms->min_gallop;
    memcpy(t, a, na * sizeof(ELEM));
    *dest++ = *b++;
    int r = 0;
    if (--nb == 0 || na == 1)
        goto tail;
    for (;;) {
        size_t wins_a = 0, wins_b = 0;
        do {
            int c = LT(*b, *t);
            if (c < 0)
                goto fail;
            if (c) {
                *dest++ = *b++;
                wins_b++;
                wins_a = 0;
                if (--nb == 0)
                    goto tail;
            } else {
                *dest++ = *t++;
                wins_a++;
                wins_b = 0;
                if (--na == 1)
                    goto tail;
            }
        } while (wins_a < min_gallop && wins_b < min_gallop);
        ssize_t ka, kb;
        do {
            min_gallop -= min_gallop > 1;
            if ((ka = SORT(upper)(ts, b, t, na)) < 0)
                goto fail;
            memcpy(dest, t, (size_t)ka * sizeof(ELEM));
            dest += ka;
            t += ka;
            na -= (size_t)ka;
            if (na <= 1)
                goto tail;
            *dest++ = *b++;
            if (--nb == 0)
                goto tail;
            if ((kb = SORT(lower)(ts, t, b, nb)) < 0)
                goto fail;
            memmove(dest, b, (size_t)kb * sizeof(ELEM));
            dest += kb;
            b += kb;
            nb -= (size_t)kb;
            if (nb == 0)
                goto tail;
            *dest++ = *t++;
            if (--na == 1)
                goto tail;
        } while (ka >= MIN_GALLOP || kb >= MIN_GALLOP);
        min_gallop += 2;
    }
fail:
    r = -1;
    memcpy(dest, t, na * sizeof(ELEM));
    return r;
tail:
    ms->min_gallop = min_gallop;
    if (nb == 0 || na == 0) { /* na == 0 needs an inconsistent order */
        memcpy(dest, t, na * sizeof(ELEM));
    } else { /* the last of a belongs at the very end */
        memmove(dest, b, nb * sizeof(ELEM));
        dest[nb] = *t;
    }
    return r;
}

/* The mirror image: nb < na; works from the right. */
static int SORT(merge_hi)(struct rt_thread *ts, struct merge_state *ms, ELEM *a, size_t na, ELEM *b,
                          size_t nb)
{
    ELEM *t = ms->tmp, *dest = b + nb; /* dest[-1] is written next; t[nb-1], a[na-1] are the ends */
    size_t min_gallop = ms->min_gallop;
    memcpy(t, b, nb * sizeof(ELEM));
    int r = 0;
    *--dest = a[--na];
    if (na == 0 || nb == 1)
        goto tail;
    for (;;) {
        size_t wins_a = 0, wins_b = 0;
        do {
            int c = LT(t[nb - 1], a[na - 1]);
            if (c < 0)
                goto fail;
            if (c) {
                *--dest = a[--na];
                wins_a++;
                wins_b = 0;
                if (na == 0)
                    goto tail;
            } else {
                *--dest = t[--nb];
                wins_b++;
                wins_a = 0;
                if (nb == 1)
                    goto tail;
            }
        } while (wins_a < min_gallop && wins_b < min_gallop);
        size_t ka, kb;
        do {
            min_gallop -= min_gallop > 1;
            ssize_t k = SORT(upper_r)(ts, &t[nb - 1], a, na);
            if (k < 0)
                goto fail;
            ka = na - (size_t)k;
            dest -= ka;
            na -= ka;
            memmove(dest, a + na, ka * sizeof(ELEM));
            if (na == 0)
                goto tail;
            *--dest = t[--nb];
            if (nb == 1)
                goto tail;
            k = SORT(lower_r)(ts, &a[na - 1], t, nb);
            if (k < 0)
                goto fail;
            kb = nb - (size_t)k;
            dest -= kb;
            nb -= kb;
            memcpy(dest, t + nb, kb * sizeof(ELEM));
            if (nb <= 1)
                goto tail;
            *--dest = a[--na];
            if (na == 0)
                goto tail;
        } while (ka >= MIN_GALLOP || kb >= MIN_GALLOP);
        min_gallop += 2;
    }
fail:
    memcpy(dest - nb, t, nb * sizeof(ELEM));
    return -1;
tail:
    ms->min_gallop = min_gallop;
    if (na == 0 || nb == 0) {
        memcpy(dest - nb, t, nb * sizeof(ELEM));
    } else { /* the first of b belongs at the very front */
        dest -= na;
        memmove(dest, a, na * sizeof(ELEM));
        dest[-1] = t[0];
    }
    return r;
}

static int SORT(merge)(struct rt_thread *ts, struct merge_state *ms, ELEM *a, size_t na, size_t nb)
{
    ELEM *b = a + na;
    ssize_t k = SORT(upper)(ts, b, a, na);
    if (k < 0)
        return -1;
    a += k;
    na -= (size_t)k;
    if (na == 0)
        return 0;
    k = SORT(lower_r)(ts, &a[na - 1], b, nb);
    if (k < 0)
        return -1;
    nb = (size_t)k;
    if (nb == 0)
        return 0;
    size_t need = (na < nb ? na : nb) * sizeof(ELEM);
    if (need > ms->tmp_bytes) {
        rt_raw_free(ms->tmp);
        ms->tmp_bytes = 0;
        ms->tmp = rt_raw_malloc(need);
        if (!ms->tmp) {
            rt_raise_no_memory(ts);
            return -1;
        }
        ms->tmp_bytes = need;
    }
    if (ms->safepoints && rt_safepoint(ts) < 0)
        return -1;
    return na <= nb ? SORT(merge_lo)(ts, ms, a, na, b, nb) : SORT(merge_hi)(ts, ms, a, na, b, nb);
}

static int SORT(array)(struct rt_thread *ts, ELEM *v, size_t n, bool safepoints)
{
    struct {
        size_t start, len;
        int power;
    } stack[80];
    struct merge_state ms = {.min_gallop = MIN_GALLOP, .safepoints = safepoints};
    size_t minrun = sort_minrun(n), start = 0, top = 0;
    int r = -1;
    while (start < n) {
        ssize_t len = SORT(run)(ts, v + start, n - start);
        if (len < 0)
            goto out;
        if ((size_t)len < minrun) {
            size_t forced = n - start < minrun ? n - start : minrun;
            if (SORT(insertion)(ts, v + start, forced, (size_t)len) < 0)
                goto out;
            len = (ssize_t)forced;
        }
        if (top) {
            int p = sort_power(stack[top - 1].start, stack[top - 1].len, (size_t)len, n);
            while (top > 1 && stack[top - 2].power > p) {
                if (SORT(merge)(ts, &ms, v + stack[top - 2].start, stack[top - 2].len,
                                stack[top - 1].len) < 0)
                    goto out;
                stack[top - 2].len += stack[top - 1].len;
                top--;
            }
            stack[top - 1].power = p;
        }
        stack[top].start = start;
        stack[top].len = (size_t)len;
        stack[top].power = 0;
        top++;
        start += (size_t)len;
    }
    while (top > 1) {
        if (SORT(merge)(ts, &ms, v + stack[top - 2].start, stack[top - 2].len,
                        stack[top - 1].len) < 0)
            goto out;
        stack[top - 2].len += stack[top - 1].len;
        top--;
    }
    r = 0;
out:
    rt_raw_free(ms.tmp);
    return r;
}
