/* SPDX-License-Identifier: MIT */
/* ast_text.h: a growing text and the repr() of constants. */
#ifndef RT_COMPILER_AST_TEXT_H
#define RT_COMPILER_AST_TEXT_H

#include "core/compiler/ast.h"

struct rt_text {
    char *data;             /* malloc'd; NUL-terminated once something has been put */
    size_t len, space;
    bool failed;            /* out of memory */
};

void rt_text_put(struct rt_text *o, const char *s, size_t n);
void rt_text_puts(struct rt_text *o, const char *s);
void rt_text_putf(struct rt_text *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As repr() of a str, or of bytes. */
void rt_text_str(struct rt_text *o, const char *s, size_t len, bool bytes);
void rt_text_const(struct rt_text *o, const struct rt_ast_const *c);

#endif
