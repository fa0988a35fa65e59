/* SPDX-License-Identifier: MIT */
/*
 * One library for lazy.c: LIB is its name in libs.def, LIST the file of its functions. For each function
 * a pointer in the table rt_lazy_slots_LIB and a stub that jumps through it. No include guard: included
 * once for each library.
 */
#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)

#if defined(__x86_64__)
#define JUMP(f) "jmp *.Lslot_" #f "(%rip)\n"
#elif defined(__aarch64__)
#define JUMP(f) "adrp x16, .Lslot_" #f "\nldr x16, [x16, :lo12:.Lslot_" #f "]\nbr x16\n"
#else
#error "write the indirect jump of this machine"
#endif

#define RT_LAZY(f)                                                                                       \
    ".pushsection .bss.rt_lazy, \"aw\", %nobits\n.Lslot_" #f ": .zero 8\n.popsection\n"                  \
    ".globl " #f "\n.hidden " #f "\n.type " #f ", %function\n.p2align 4\n" #f ":\n" JUMP(f) ".size " #f \
    ", . - " #f "\n"
__asm__(".pushsection .bss.rt_lazy, \"aw\", %nobits\n.p2align 3\nrt_lazy_slots_" STRING(LIB) ":\n.popsection\n"
        ".pushsection .text\n"
#include LIST
        ".popsection\n");
#undef RT_LAZY
#undef JUMP

extern void *PASTE(rt_lazy_slots_, LIB)[];
static const char PASTE(names_, LIB)[] =
#define RT_LAZY(f) #f "\0"
#include LIST
    ;
#undef RT_LAZY
#undef STRING_
#undef STRING
#undef PASTE_
#undef PASTE
#undef LIB
#undef LIST
