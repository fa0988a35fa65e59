/* SPDX-License-Identifier: MIT */
/*
 * The image: compiled code of the library in one file beside the executable, made when PyRT is built. It is mapped, and
 * its code is used where it stands. An entry counts only while the library's file has the size and time it had then (or
 * the very text, where the text is at hand); a missing, foreign or damaged image is as good as none.
 *
 *   head, entries sorted by name, then for each entry what marshal writes, so placed that the words are aligned
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/builtins/builtins.h"
#include "core/builtins/codecache.h"
#include "core/compiler/compile.h"
#include "core/compiler/marshal.h"
#include "core/seam/config.h"

struct entry {
    char name[64]; /* file within the library; with a leading '<' when the code is to be shown as frozen */
    uint64_t size, text_sum;
    int64_t mtime_ns;
    uint64_t offset, length;
};
struct head { char magic[8]; uint64_t count, sum; char library[104]; }; /* sum: of the entries */
static const char magic_text[8] = {'p', 'y', 'r', 't', 'i', (char)(RT_PYC_MAGIC & 0xff), (char)(RT_PYC_MAGIC >> 8), 2};

/* Constant once published; never unmapped. */
struct image { const uint8_t *base; size_t size; const struct entry *entries; uint64_t count; };
static struct image *_Atomic the_image;
static struct image no_image;

static bool is_sound(const uint8_t *p, size_t n)
{
    const struct head *h = (const void *)p;
    return n >= sizeof *h && !memcmp(h->magic, magic_text, 8) && h->count < 100000 &&
           n >= sizeof *h + h->count * sizeof(struct entry) && memchr(h->library, 0, sizeof h->library) &&
           !strcmp(h->library, rt_stdlib_dir()) &&
           rt_marshal_checksum(p + sizeof *h, h->count * sizeof(struct entry)) == h->sum;
}

static struct image *map_image(void)
{
    char path[4200];
    struct stat st;
    const char *exe = rt_runtime.config->executable, *slash = exe ? strrchr(exe, '/') : NULL;
    if (!slash || slash - exe > 4000)
        return &no_image;
    snprintf(path, sizeof path, "%.*s/pyrt.image", (int)(slash - exe), exe);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return &no_image;
    void *p = MAP_FAILED;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (p == MAP_FAILED)
        return &no_image;
    struct image *im = is_sound(p, (size_t)st.st_size) ? malloc(sizeof *im) : NULL;
    if (!im) {
        munmap(p, (size_t)st.st_size);
        return &no_image;
    }
    const struct head *h = p;
    *im = (struct image){p, (size_t)st.st_size, (const void *)(h + 1), h->count};
    return im;
}

static const struct image *get_image(void)
{
    struct image *im = rt_load_acquire(&the_image), *none = NULL;
    if (!im) {
        im = map_image();
        if (!rt_cas_acq_rel(&the_image, &none, im))
            im = none; /* two threads at once: a mapping too many does no harm */
    }
    return im;
}

static int compare_names(const void *a, const void *b)
{
    return strncmp(((const struct entry *)a)->name, ((const struct entry *)b)->name, sizeof ((const struct entry *)a)->name);
}

static const struct entry *find(const struct image *im, const char *prefix, const char *rel)
{
    struct entry key;
    if (snprintf(key.name, sizeof key.name, "%s%s", prefix, rel) >= (int)sizeof key.name || !im->count)
        return NULL;
    return bsearch(&key, im->entries, im->count, sizeof key, compare_names);
}

static rt_value load(struct rt_thread *ts, const struct image *im, const struct entry *e)
{
    if (e->offset > im->size || e->length > im->size - e->offset)
        return RT_NULL;
    return rt_marshal_load_fixed(ts, im->base + e->offset, e->length);
}

static int64_t mtime_of(const struct stat *st) { return st->st_mtim.tv_sec * 1000000000ll + st->st_mtim.tv_nsec; }

rt_value rt_image_find_frozen(struct rt_thread *ts, const char *rel, const struct stat *st)
{
    const struct image *im = get_image();
    const struct entry *e = find(im, "<", rel);
    return e && e->size == (uint64_t)st->st_size && e->mtime_ns == mtime_of(st) ? load(ts, im, e) : RT_NULL;
}

rt_value rt_image_find_text(struct rt_thread *ts, rt_value filename, const char *text, size_t n)
{
    const char *dir = rt_stdlib_dir(), *path = rt_str_utf8(ts, filename, NULL);
    size_t k = strlen(dir);
    if (!path || strncmp(path, dir, k) || path[k] != '/') {
        rt_exc_clear(ts);
        return RT_NULL;
    }
    const struct image *im = get_image();
    const struct entry *e = find(im, "", path + k + 1);
    return e && e->size == n && e->text_sum == rt_marshal_checksum(text, n) ? load(ts, im, e) : RT_NULL;
}

/* ---- making it ---- */

struct maker { struct rt_thread *ts; FILE *out; struct entry *entries; size_t count; uint64_t at; };

static char *read_file(const char *path, struct stat *st)
{
    FILE *f = fopen(path, "rb");
    char *text = f && fstat(fileno(f), st) == 0 ? malloc((size_t)st->st_size + 1) : NULL;
    if (text && fread(text, 1, (size_t)st->st_size, f) != (size_t)st->st_size) {
        free(text);
        text = NULL;
    }
    if (f)
        fclose(f);
    return text;
}

/* A file that cannot be read or compiled is left out. */
static void add(struct maker *m, const char *prefix, const char *rel, const char *shown)
{
    struct rt_thread *ts = m->ts;
    struct entry *e = &m->entries[m->count];
    char path[4200];
    struct stat st;
    memset(e, 0, sizeof *e);
    snprintf(path, sizeof path, "%s/%s", rt_stdlib_dir(), rel);
    if (snprintf(e->name, sizeof e->name, "%s%s", prefix, rel) >= (int)sizeof e->name)
        return;
    char *text = read_file(path, &st);
    if (!text)
        return;
    rt_value name = rt_str_from_cstr(ts, shown ? shown : path);
    rt_value code = rt_compile_source(ts, text, (size_t)st.st_size, name, RT_PARSE_EXEC, 0, 0);
    rt_value b = code.bits ? rt_marshal_dumps(ts, code, RT_MARSHAL_VERSION) : RT_NULL;
    if (b.bits) {
        e->size = (uint64_t)st.st_size;
        e->mtime_ns = mtime_of(&st);
        e->text_sum = rt_marshal_checksum(text, e->size);
        for (; m->at % 4 != 3; m->at++) /* 17 bytes on, the words begin */
            putc(0, m->out);
        e->offset = m->at;
        e->length = rt_as_bytes(b)->length;
        m->at += fwrite(rt_as_bytes(b)->data, 1, e->length, m->out);
        m->count++;
    }
    rt_exc_clear(ts);
    rt_decref(ts, b);
    rt_decref(ts, code);
    rt_decref(ts, name);
    free(text);
}

static void add_all(struct maker *m, rt_value files)
{
    static const struct { const char *rel, *orig; } frozen[] = {
#define RT_FROZEN(name, file, package, orig, always) {file, orig},
#include "core/builtins/frozen.def"
#undef RT_FROZEN
    };
    for (size_t i = 0; i < RT_COUNTOF(frozen); i++) {
        char shown[100];
        bool again = !frozen[i].rel[0];
        for (size_t k = 0; k < i; k++)
            again |= !strcmp(frozen[k].rel, frozen[i].rel);
        snprintf(shown, sizeof shown, "<frozen %s>", frozen[i].orig);
        if (!again)
            add(m, "<", frozen[i].rel, shown);
    }
    for (size_t i = 0; i < rt_list_len(files); i++) {
        rt_value f = rt_list_get(m->ts, files, i);
        const char *rel = rt_is_str(f) ? rt_str_utf8(m->ts, f, NULL) : NULL;
        if (rel)
            add(m, "", rel, NULL);
        rt_exc_clear(m->ts);
        rt_decref(m->ts, f);
    }
}

int rt_image_write(struct rt_thread *ts, const char *path, rt_value files)
{
    char temporary[4200];
    size_t room = rt_list_len(files) + 64;
    struct maker m = {.ts = ts, .entries = calloc(room, sizeof(struct entry)), .at = sizeof(struct head) + room * sizeof(struct entry)};
    struct head h = {.count = 0};
    snprintf(temporary, sizeof temporary, "%s.%d", path, (int)getpid());
    m.out = m.entries ? fopen(temporary, "wb") : NULL;
    bool ok = m.out && strlen(rt_stdlib_dir()) < sizeof h.library && fseek(m.out, (long)m.at, SEEK_SET) == 0;
    if (ok) {
        add_all(&m, files);
        qsort(m.entries, m.count, sizeof *m.entries, compare_names);
        memcpy(h.magic, magic_text, 8);
        strcpy(h.library, rt_stdlib_dir());
        h.count = m.count;
        h.sum = rt_marshal_checksum(m.entries, m.count * sizeof *m.entries);
        ok = fseek(m.out, 0, SEEK_SET) == 0 && fwrite(&h, sizeof h, 1, m.out) == 1 &&
             fwrite(m.entries, sizeof *m.entries, m.count, m.out) == m.count;
    }
    if (m.out)
        ok &= fclose(m.out) == 0;
    free(m.entries);
    if (ok && rename(temporary, path) == 0)
        return 0;
    unlink(temporary);
    rt_raise_errno(ts, &rt_exc_OSError, rt_str_from_cstr(ts, path));
    return -1;
}
