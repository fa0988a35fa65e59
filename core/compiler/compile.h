/* SPDX-License-Identifier: MIT */
/* From source text or syntax tree to a code object, and the marshal format for it. */
#ifndef RT_COMPILER_COMPILE_H
#define RT_COMPILER_COMPILE_H

#include "core/compiler/ast.h"
#include "core/compiler/parser.h"
#include "core/object/native.h"
#include "rt_isa_version.h" /* made by CMake: a hash of bytecode.def and the code generator */

enum { /* CPython's PyCF_* */
    RT_CF_SOURCE_IS_UTF8 = 0x0100, RT_CF_DONT_IMPLY_DEDENT = 0x0200, RT_CF_ONLY_AST = 0x0400,
    RT_CF_IGNORE_COOKIE = 0x0800, RT_CF_TYPE_COMMENTS = 0x1000, RT_CF_ALLOW_TOP_LEVEL_AWAIT = 0x2000,
    RT_CF_ALLOW_INCOMPLETE_INPUT = 0x4000,
    RT_CF_SCRIPT = 0x8000, /* RT_PARSE_SCRIPT */
};
/* [attached; py (warnings); new ref; raises SyntaxError and kin] text of n bytes. filename: str. flags:
   RT_CF_* and RT_CO_FUTURE_*; optimize: -1 the interpreter's -O level, 0, 1, 2. */
rt_value rt_compile_source(struct rt_thread *ts, const char *text, size_t n, rt_value filename,
                           enum rt_parse_mode mode, int flags,
                           int optimize);
rt_value rt_compile_ast(struct rt_thread *ts, struct rt_arena *arena, struct rt_ast *mod, rt_value filename,
                        int flags, int optimize);
enum { RT_LONG_TEXT = 64 << 10 }; /* bytes, some ms of work: what of it touches no objects is done detached */
/* [attached; py (codecs, warnings); NULL raises] Parse with all that belongs to it: codecs, the warnings of the
   parser issued, errors raised (compile_parse.c). feature_version: minor version, -1: this one. */
struct rt_ast *rt_compile_parse(struct rt_thread *ts, struct rt_arena *arena, const char *text, size_t n, rt_value filename,
                                enum rt_parse_mode mode, int flags, int feature_version);
/* [attached, detaches to read; new ref; never raises] Line `lineno` of the file, as an exception's text; None when it cannot be had. */
rt_value rt_compile_program_text(struct rt_thread *ts, rt_value filename, int lineno);
/* Raise the exception that a failed parse describes. */
void rt_compile_raise_parse_error(struct rt_thread *ts, const void *parse_error, rt_value filename);

/* compile() of trees, ast.parse() (compiler/ast_module.c). [attached; py; new ref; raises] */
int rt_ast_check(struct rt_thread *ts, rt_value v); /* 1 an ast node, 0 not, -1 */
rt_value rt_ast_compile(struct rt_thread *ts, rt_value node, rt_value filename, int mode, int flags, int optimize);
rt_value rt_ast_parse(struct rt_thread *ts, const char *s, size_t n, rt_value filename, int mode, int flags, int feature_version);

/* marshal (compiler/marshal.c). version as CPython's; code objects in PyRT's own layout. */
rt_value rt_marshal_loads(struct rt_thread *ts, const uint8_t *p, size_t n, size_t *used);
rt_value rt_marshal_dumps(struct rt_thread *ts, rt_value v, int version); /* bytes */
enum { RT_PYC_MAGIC = RT_ISA_VERSION == 3495 ? 1 : RT_ISA_VERSION }; /* 16 bits, changes with the instruction set; never CPython's */

#endif
