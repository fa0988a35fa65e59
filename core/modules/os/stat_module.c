/* SPDX-License-Identifier: MIT */
/* _stat: the bits of st_mode, tests for them, and their text. */
#include <sys/stat.h>

#include "core/object/native.h"

#define CONSTANTS(C)                                                                                                          \
    C(S_IFDIR, S_IFDIR) C(S_IFCHR, S_IFCHR) C(S_IFBLK, S_IFBLK) C(S_IFREG, S_IFREG) C(S_IFIFO, S_IFIFO) C(S_IFLNK, S_IFLNK)           \
    C(S_IFSOCK, S_IFSOCK) C(S_IFDOOR, 0) C(S_IFPORT, 0) C(S_IFWHT, 0) C(S_ISUID, 04000) C(S_ISGID, 02000) C(S_ISVTX, 01000)           \
    C(S_ENFMT, 02000) C(S_IREAD, 0400) C(S_IWRITE, 0200) C(S_IEXEC, 0100) C(S_IRWXU, 0700) C(S_IRUSR, 0400) C(S_IWUSR, 0200)          \
    C(S_IXUSR, 0100) C(S_IRWXG, 070) C(S_IRGRP, 040) C(S_IWGRP, 020) C(S_IXGRP, 010) C(S_IRWXO, 07) C(S_IROTH, 04) C(S_IWOTH, 02)     \
    C(S_IXOTH, 01) C(UF_NODUMP, 1) C(UF_IMMUTABLE, 2) C(UF_APPEND, 4) C(UF_OPAQUE, 8) C(UF_NOUNLINK, 0x10) C(UF_COMPRESSED, 0x20)     \
    C(UF_HIDDEN, 0x8000) C(SF_ARCHIVED, 0x10000) C(SF_IMMUTABLE, 0x20000) C(SF_APPEND, 0x40000) C(SF_NOUNLINK, 0x100000)              \
    C(SF_SNAPSHOT, 0x200000) C(ST_MODE, 0) C(ST_INO, 1) C(ST_DEV, 2) C(ST_NLINK, 3) C(ST_UID, 4) C(ST_GID, 5) C(ST_SIZE, 6)           \
    C(ST_ATIME, 7) C(ST_MTIME, 8) C(ST_CTIME, 9)
static const struct { const char *name; int value; } constants[] = {
#define C(n, v) {#n, v},
    CONSTANTS(C)
#undef C
};

/* The argument as a mode_t; *bad set with an exception. */
static uint32_t mode_arg(struct rt_thread *ts, rt_value v, bool *bad)
{
    rt_value i = rt_index(ts, v);
    uint64_t m = i.bits ? rt_as_u64(ts, i) : 0;
    rt_decref(ts, i);
    if (!rt_pending(ts) && m > UINT32_MAX)
        rt_raise(ts, &rt_exc_OverflowError, "mode out of range");
    *bad = rt_pending(ts);
    return (uint32_t)m;
}
#define TEST(what, type)                                                                        \
    static rt_value is_##what(struct rt_thread *ts, rt_value self, rt_value v)                  \
    {                                                                                           \
        bool bad;                                                                               \
        uint32_t m = mode_arg(ts, v, &bad);                                                     \
        return bad ? RT_NULL : rt_bool((type) && (m & S_IFMT) == (type));                       \
    }
TEST(DIR, S_IFDIR) TEST(CHR, S_IFCHR) TEST(BLK, S_IFBLK) TEST(REG, S_IFREG) TEST(FIFO, S_IFIFO) TEST(LNK, S_IFLNK) TEST(SOCK, S_IFSOCK)
TEST(DOOR, 0u) TEST(PORT, 0u) TEST(WHT, 0u)

static rt_value get_imode(struct rt_thread *ts, rt_value self, rt_value v)
{
    bool bad;
    uint32_t m = mode_arg(ts, v, &bad);
    return bad ? RT_NULL : rt_int_imm(m & 07777);
}
static rt_value get_ifmt(struct rt_thread *ts, rt_value self, rt_value v)
{
    bool bad;
    uint32_t m = mode_arg(ts, v, &bad);
    return bad ? RT_NULL : rt_int_imm(m & S_IFMT);
}
static rt_value filemode(struct rt_thread *ts, rt_value self, rt_value v)
{
    static const struct { uint32_t type; char letter; } kinds[] = {
        {S_IFREG, '-'}, {S_IFDIR, 'd'}, {S_IFLNK, 'l'}, {S_IFBLK, 'b'}, {S_IFCHR, 'c'}, {S_IFIFO, 'p'}, {S_IFSOCK, 's'}};
    static const struct { uint32_t bit; int at; char with_x, without; } special[] = {{04000, 3, 's', 'S'}, {02000, 6, 's', 'S'}, {01000, 9, 't', 'T'}};
    bool bad;
    uint32_t m = mode_arg(ts, v, &bad);
    char text[] = "?rwxrwxrwx";
    if (bad)
        return RT_NULL;
    for (size_t i = 0; i < RT_COUNTOF(kinds); i++)
        if ((m & S_IFMT) == kinds[i].type)
            text[0] = kinds[i].letter;
    for (int i = 0; i < 9; i++)
        if (!(m & 0400u >> i))
            text[i + 1] = '-';
    for (size_t i = 0; i < RT_COUNTOF(special); i++)
        if (m & special[i].bit)
            text[special[i].at] = text[special[i].at] == 'x' ? special[i].with_x : special[i].without;
    return rt_str_from_cstr(ts, text);
}

#define IS(what, text) {"S_IS" #what, is_##what, RT_METH_O, "S_IS" #what "(mode) -> bool\n\nReturn True if mode is from " text "."}
static const struct rt_method_def methods[] = {
    IS(DIR, "a directory"), IS(CHR, "a character special device file"), IS(BLK, "a block special device file"), IS(REG, "a regular file"),
    IS(FIFO, "a FIFO (named pipe)"), IS(LNK, "a symbolic link"), IS(SOCK, "a socket"), IS(DOOR, "a door"), IS(PORT, "an event port"),
    IS(WHT, "a whiteout"),
    {"S_IMODE", get_imode, RT_METH_O, "Return the portion of the file's mode that can be set by os.chmod()."},
    {"S_IFMT", get_ifmt, RT_METH_O, "Return the portion of the file's mode that describes the file type."},
    {"filemode", filemode, RT_METH_O, "Convert a file's mode to a string of the form '-rwxrwxrwx'"},
    {NULL},
};
static int exec(struct rt_thread *ts, rt_value m)
{
    for (size_t i = 0; i < RT_COUNTOF(constants); i++)
        if (rt_module_add_int(ts, m, constants[i].name, constants[i].value) < 0)
            return -1;
    return 0;
}
const struct rt_module_def rt_module__stat = {.name = "_stat", .doc = "Bits of st_mode, and tests for them.", .methods = methods, .exec = exec};
