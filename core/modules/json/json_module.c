/* SPDX-License-Identifier: MIT */
/* _json: the module that json.encoder, json.decoder and json.scanner take their fast halves from. */
#include "core/modules/json/json_internal.h"

static int exec(struct rt_thread *ts, rt_value mod)
{
    if (rt_type_ready(ts, &rt_json_scanner_type) < 0 || rt_type_ready(ts, &rt_json_encoder_type) < 0)
        return -1;
    if (rt_module_add(ts, mod, "make_scanner", rt_type_value(&rt_json_scanner_type)) < 0)
        return -1;
    return rt_module_add(ts, mod, "make_encoder", rt_type_value(&rt_json_encoder_type));
}

static const struct rt_method_def methods[] = {
    {"encode_basestring_ascii", rt_json_quote_ascii, RT_METH_O,
     "encode_basestring_ascii(string) -> string\n\n"
     "Return an ASCII-only JSON representation of a Python string"},
    {"encode_basestring", rt_json_quote, RT_METH_O,
     "encode_basestring(string) -> string\n\n"
     "Return a JSON representation of a Python string"},
    {"scanstring", rt_json_scanstring, RT_METH_FAST,
     "scanstring(string, end, strict=True) -> (string, end)\n\n"
     "Scan the string s for a JSON string. End is the index of the character in s after the quote\n"
     "that started the JSON string; escapes are replaced. With strict, control characters are\n"
     "errors. The result is the string and the index after its closing quote."},
    {0},
};

const struct rt_module_def rt_module__json = {
    .name = "_json",
    .doc = "json speedups\n",
    .methods = methods,
    .exec = exec,
};
