/* SPDX-License-Identifier: MIT */
/* libFuzzer target for regular expressions. The first byte chooses: a pattern in latin-1, compiled by the
   library and matched against a subject of its own last bytes, which is short, for backtracking is
   exponential; or code words handed straight to the engine, which must reject what it cannot run. */
#include "fuzz_runtime.h"

enum { SUBJECT = 12, WORDS = 200 };

static void fuzz_pattern(struct rt_thread *ts, const uint8_t *p, size_t n)
{
    size_t subject = n / 2 < SUBJECT ? n / 2 : SUBJECT;
    rt_value re = rt_import(ts, "re");
    rt_value args[2] = {rt_str_from_latin1(ts, p, n - subject), rt_int_imm(0)};
    rt_value text = rt_str_from_latin1(ts, p + n - subject, subject);
    rt_value pattern = rt_call_method(ts, re, "compile", args, 1);
    if (!rt_is_null(pattern)) {
        fuzz_done(ts, rt_call_method(ts, pattern, "findall", &text, 1));
        fuzz_done(ts, rt_call_method(ts, pattern, "fullmatch", &text, 1));
        rt_value both[2] = {args[0], text};
        fuzz_done(ts, rt_call_method(ts, pattern, "sub", both, 2));
    }
    fuzz_done(ts, pattern);
    fuzz_done(ts, rt_call_method(ts, re, "purge", NULL, 0));
    rt_decref(ts, text);
    rt_decref(ts, args[0]);
    rt_decref(ts, re);
}

static void fuzz_words(struct rt_thread *ts, const uint8_t *p, size_t n)
{
    if (n < 2)
        return;
    rt_value sre = rt_import(ts, "_sre"), code = rt_list_new(ts, n);
    for (size_t i = 1; i < n && i < WORDS; i++)
        rt_list_append(ts, code, rt_int_imm(p[i] == 255 ? UINT32_MAX : p[i]));
    rt_value empty = rt_str_empty();
    rt_value args[6] = {RT_NONE, rt_int_imm(0), code, rt_int_imm(p[0] & 3), rt_dict_new(ts), rt_tuple_new(ts, 1)};
    rt_value pattern = rt_call_method(ts, sre, "compile", args, 6);
    if (!rt_is_null(pattern)) {
        rt_value text = rt_str_from_latin1(ts, (const uint8_t *)"ab12 \nAB", 8);
        fuzz_done(ts, rt_call_method(ts, pattern, "search", &text, 1));
        rt_decref(ts, text);
    }
    fuzz_done(ts, pattern);
    rt_decref(ts, args[4]);
    rt_decref(ts, args[5]);
    rt_decref(ts, empty);
    rt_decref(ts, code);
    rt_decref(ts, sre);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_thread *ts = fuzz_thread();
    if (size < 2 || size > 300)
        return 0;
    if (data[0] & 1)
        fuzz_words(ts, data + 1, size - 1);
    else
        fuzz_pattern(ts, data + 1, size - 1);
    return 0;
}
