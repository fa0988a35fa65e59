/* SPDX-License-Identifier: MIT */
/*
 * diagnose.c: why a source was refused.
 */
#include "core/compiler/parser_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
void rt_parser_raise(struct rt_parser *p, enum rt_parse_error_kind kind, const char *format, ...) { rt_parser_fail(p); }
void rt_parser_raise_at(struct rt_parser *p, enum rt_parse_error_kind kind, int lineno, int col, int end_lineno, int end_col,
    const char *format, ...) { rt_parser_fail(p); }
void rt_diagnose(struct rt_parser *p, enum rt_parse_mode mode)
{
    p->res->error.kind = RT_PARSE_SYNTAX_ERROR;
    p->res->error.msg = "invalid syntax";
    p->res->error.lineno = p->t ? 0 : 0;
}
