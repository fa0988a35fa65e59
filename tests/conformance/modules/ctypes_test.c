/* SPDX-License-Identifier: MIT */
/*
 * The C library that CPython's test_ctypes calls, as its tests expect it to be: functions of every mix of
 * argument types, callbacks, structures by value. Compiled and loaded by _ctypes_test.py; tests only.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* ---- numbers: what came in is kept, a third of it is given back ---- */

long long last_tf_arg_s;
unsigned long long last_tf_arg_u;

#define SIGNED(code, type)                                                                \
    type tf_##code(type c) { last_tf_arg_s = (long long)c; return c / 3; }                \
    type tf_b##code(signed char x, type c) { (void)x; last_tf_arg_s = (long long)c; return c / 3; }
#define UNSIGNED(code, type)                                                              \
    type tf_##code(type c) { last_tf_arg_u = (unsigned long long)c; return c / 3; }       \
    type tf_b##code(signed char x, type c) { (void)x; last_tf_arg_u = (unsigned long long)c; return c / 3; }
SIGNED(b, signed char)
UNSIGNED(B, unsigned char)
SIGNED(h, short)
UNSIGNED(H, unsigned short)
SIGNED(i, int)
UNSIGNED(I, unsigned int)
SIGNED(l, long)
UNSIGNED(L, unsigned long)
SIGNED(q, long long)
UNSIGNED(Q, unsigned long long)
SIGNED(f, float)
SIGNED(d, double)
SIGNED(D, long double)
void tv_i(int c) { last_tf_arg_s = c; }

#define SUM(b, h, i, l, f, d) ((b) + (h) + (i) + (l) + (f) + (d))
int _testfunc_i_bhilfd(signed char b, short h, int i, long l, float f, double d) { return (int)SUM(b, h, i, l, f, d); }
float _testfunc_f_bhilfd(signed char b, short h, int i, long l, float f, double d) { return (float)SUM(b, h, i, l, f, d); }
double _testfunc_d_bhilfd(signed char b, short h, int i, long l, float f, double d) { return SUM(b, h, i, l, f, d); }
long double _testfunc_D_bhilfD(signed char b, short h, int i, long l, float f, long double d) { return SUM(b, h, i, l, f, d); }
long long _testfunc_q_bhilfd(signed char b, short h, int i, long l, float f, double d) { return (long long)SUM(b, h, i, l, f, d); }
long long _testfunc_q_bhilfdq(signed char b, short h, int i, long l, float f, double d, long long q)
{
    return (long long)(SUM(b, h, i, l, f, d) + (double)q);
}
void _testfunc_v(int a, int b, int *sum) { *sum = a + b; }

/* ---- pointers ---- */

void *_testfunc_p_p(void *p) { return p; }
char *_testfunc_c_p_p(int *argc, char **argv) { return argv[*argc - 1]; }
int *_testfunc_ai8(int a[8]) { return a; }
char *my_strchr(const char *s, int c) { return strchr(s, c); }
void *get_strchr(void) { return (void *)strchr; }
char *my_strtok(char *s, const char *by) { return strtok(s, by); }
char *my_strdup(const char *s) { return strdup(s); }
wchar_t *my_wcsdup(const wchar_t *s) { return wcsdup(s); }
size_t my_wcslen(const wchar_t *s) { return wcslen(s); }
void my_free(void *p) { free(p); }
double my_sqrt(double x) { return sqrt(x); }
void my_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *)) { qsort(base, n, size, compare); }

int an_integer = 42;
int get_an_integer(void) { return an_integer; }

/* ---- callbacks ---- */

int _testfunc_callback_i_if(int v, int (*f)(int))
{
    int sum = 0;
    for (; v; v /= 2)
        sum += f(v);
    return sum;
}
long long _testfunc_callback_q_qf(long long v, long long (*f)(long long))
{
    long long sum = 0;
    for (; v; v /= 2)
        sum += f(v);
    return sum;
}
int _testfunc_callback_with_pointer(int (*f)(int *))
{
    int table[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    return f(table);
}
int _testfunc_cbk_reg_int(int a, int b, int c, int d, int e, int (*f)(int, int, int, int, int))
{
    return f(a * a, b * b, c * c, d * d, e * e);
}
double _testfunc_cbk_reg_double(double a, double b, double c, double d, double e, double (*f)(double, double, double, double, double))
{
    return f(a * a, b * b, c * c, d * d, e * e);
}
double integrate(double from, double to, double (*f)(double), long steps)
{
    double width = (to - from) / (double)steps, sum = 0;
    for (long i = 0; i < steps; i++)
        sum += f(from + ((double)i + 0.5) * width);
    return sum * width;
}

/* ---- structures by value ---- */

struct large { unsigned long first, second, third; };
struct small { unsigned int first, second; };
struct small last_tfrsuv_arg;
void _testfunc_cbk_large_struct(struct large s, void (*f)(struct large)) { f(s); }
void _testfunc_large_struct_update_value(struct large s) { *(volatile struct large *)&s = (struct large){1, 2, 3}; }
void _testfunc_reg_struct_update_value(struct small s)
{
    last_tfrsuv_arg = s;
    *(volatile struct small *)&s = (struct small){1, 2};
}
struct bytes { unsigned char data[16]; };
struct doubles { double data[2]; };
struct floats { float data[2], more[2]; };
int _testfunc_array_in_struct1(struct bytes s)
{
    int sum = 0;
    for (int i = 0; i < 16; i++)
        sum += s.data[i];
    return sum;
}
double _testfunc_array_in_struct2(struct doubles s) { return s.data[0] + s.data[1]; }
double _testfunc_array_in_struct2a(struct floats s) { return (double)(s.data[0] + s.data[1] + s.more[0] + s.more[1]); }

struct point { int x, y; };
int _testfunc_byval(struct point in, struct point *out)
{
    if (out)
        *out = in;
    return in.x + in.y;
}
struct s2h { short x, y; };
struct s2h ret_2h_func(struct s2h s) { return (struct s2h){(short)(s.x * 2), (short)(s.y * 3)}; }
struct s8i { int a, b, c, d, e, f, g, h; };
struct s8i ret_8i_func(struct s8i s)
{
    return (struct s8i){s.a * 2, s.b * 3, s.c * 4, s.d * 5, s.e * 6, s.f * 7, s.g * 8, s.h * 9};
}

struct lpoint { long x, y; };
struct rect { long left, top, right, bottom; };
long left = 10, top = 20, right = 30, bottom = 40;
int PointInRect(struct rect *r, struct lpoint p) { return p.x >= r->left && p.x < r->right && p.y >= r->top && p.y < r->bottom; }
static int as_it_was(struct rect r) { return r.left == left && r.top == top && r.right == right && r.bottom == bottom; }
struct rect ReturnRect(int which, struct rect a, struct rect *b, struct lpoint p, struct rect c, struct rect *d, struct lpoint q, struct rect e)
{
    struct rect wrong = {-1, -1, -1, -1};
    if (!as_it_was(a) || !as_it_was(*b) || !as_it_was(c) || !as_it_was(*d) || !as_it_was(e) || p.x != 15 || p.y != 25 || q.x != 15 || q.y != 25)
        return wrong;
    return which == 0 ? a : which == 1 ? c : which == 2 ? e : *b;
}

struct bits {
    int A : 1, B : 2, C : 3, D : 4, E : 5, F : 6, G : 7, H : 8, I : 9;
    short M : 1, N : 2, O : 3, P : 4, Q : 5, R : 6, S : 7;
};
int unpack_bitfields(struct bits *b, char name)
{
#define FIELD(n)        \
    if (name == #n[0]) \
        return b->n;
    FIELD(A) FIELD(B) FIELD(C) FIELD(D) FIELD(E) FIELD(F) FIELD(G) FIELD(H) FIELD(I)
    FIELD(M) FIELD(N) FIELD(O) FIELD(P) FIELD(Q) FIELD(R) FIELD(S)
    return 999;
}

/* ---- on Python objects ---- */

extern int PyList_Append(void *list, void *item) __attribute__((weak));
int _testfunc_pylist_append(void *list, void *item) { return PyList_Append(list, item); }
