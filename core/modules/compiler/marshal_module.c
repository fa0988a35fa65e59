/* SPDX-License-Identifier: MIT */
/* marshal_module.c: the `marshal` module. */
#include "core/compiler/compile.h"
#include "core/compiler/marshal.h"

static bool get_version(struct rt_thread *ts, const rt_value *args, uint32_t n, uint32_t at, int *version)
{
    *version = RT_MARSHAL_VERSION;
    if (n <= at)
        return true;
    *version = rt_as_int(ts, args[at]);
    return !rt_pending(ts);
}

static rt_value dumps(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int version;
    if (rt_args_count(ts, "dumps", n, 1, 2) < 0 || !get_version(ts, args, n, 1, &version))
        return RT_NULL;
    rt_value event[2] = {args[0], rt_int_imm(version)};
    if (rt_sys_audit(ts, "marshal.dumps", 2, event) < 0)
        return RT_NULL;
    return rt_marshal_dumps(ts, args[0], version);
}

static rt_value dump(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int version;
    if (rt_args_count(ts, "dump", n, 2, 3) < 0 || !get_version(ts, args, n, 2, &version))
        return RT_NULL;
    rt_value event[2] = {args[0], rt_int_imm(version)};
    if (rt_sys_audit(ts, "marshal.dumps", 2, event) < 0)
        return RT_NULL;
    rt_value b = rt_marshal_dumps(ts, args[0], version);
    if (rt_is_null(b))
        return b;
    rt_value res = rt_call_method(ts, args[1], "write", &b, 1);
    rt_decref(ts, b);
    return res;
}

static rt_value loads(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct rt_buffer b;
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value v = RT_NULL, shown = ts->interp->audited ? rt_bytes_new(ts, b.buf, (size_t)b.len) : RT_NONE;
    if (!rt_is_null(shown) && rt_audit(ts, "marshal.loads", "O", shown) == 0)
        v = rt_marshal_loads(ts, b.buf, (size_t)b.len, NULL);
    rt_decref(ts, shown);
    rt_buffer_release(ts, &b);
    return v;
}

static rt_value load(struct rt_thread *ts, rt_value self, rt_value file)
{
    if (rt_sys_audit(ts, "marshal.load", 0, NULL) < 0)
        return RT_NULL;
    return rt_marshal_load_file(ts, file);
}

static const struct rt_method_def methods[] = {
    {"dump", dump, RT_METH_FAST,
     "dump($module, value, file, version=4, /)\n--\n\nWrite the value on the open file.\n\n  value\n"
     "    Must be a supported type.\n  file\n    Must be a writeable binary file.\n  version\n"
     "    Indicates the data format that dump should use.\n\nIf the value has (or contains an object that has) an unsupported type, a\n"
     "ValueError exception is raised - but garbage data will also be written\nto the file. The object will not be properly read back by load()."},
    {"load", load, RT_METH_O,
     "load($module, file, /)\n--\n\nRead one value from the open file and return it.\n\n  file\n    Must be readable binary file.\n\n"
     "If no valid value is read (e.g. because the data has a different Python\nversion\'s incompatible marshal format), raise EOFError, ValueError or\nTypeError."},
    {"dumps", dumps, RT_METH_FAST,
     "dumps($module, value, version=4, /)\n--\n\nReturn the bytes object that would be written to a file by dump(value, file).\n\n"
     "  value\n    Must be a supported type.\n  version\n    Indicates the data format that dumps should use.\n\n"
     "Raise a ValueError exception if value has (or contains an object that has) an\nunsupported type."},
    {"loads", loads, RT_METH_O,
     "loads($module, bytes, /)\n--\n\nConvert the bytes-like object to a value.\n\n"
     "If no valid value is found, raise EOFError, ValueError or TypeError.  Extra\nbytes in the input are ignored."},
    {0},
};

static int exec(struct rt_thread *ts, rt_value module)
{
    return rt_module_add_int(ts, module, "version", RT_MARSHAL_VERSION);
}

const struct rt_module_def rt_module_marshal = {
    .name = "marshal",
    .doc = "Reading and writing Python values in a binary format: plain data of the built-in types, and code objects.",
    .methods = methods,
    .exec = exec,
};
