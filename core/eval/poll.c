/* SPDX-License-Identifier: MIT */
/*
 * Where the evaluator looks up from its work: what others want of this thread, and signals.
 *
 * Note [HOLD] A signal's handler may raise (KeyboardInterrupt), and what was just acquired is lost if that happens
 * before somebody is in charge of it. So a handler waits a moment longer
 *   - after a call whose result is returned at once, or behind which a try statement begins: `return
 *     self._lock.acquire()` in an __enter__, `lock.acquire()` before `try:`;
 *   - before an __exit__ begins, and in the functions of the import system, whose locks others wait for.
 * The next look is near: at the latest where a loop turns or a function is entered. Meanwhile only what other
 * threads wait for is served: neither a merge nor a collection, whose callbacks would swallow the exception.
 */
#include "core/eval/eval_internal.h"
#include "core/types/str.h"

static bool is_import_system(const struct rt_code *code)
{
    return rt_str_eq_cstr(rt_slot_peek(&code->filename), "<frozen importlib._bootstrap>");
}

/* The instruction that fr has come to is the first of a try block, or a return. */
static bool is_at_seam(const struct rt_frame *fr)
{
    const uint32_t *words = fr->code->words, *pc = fr->pc;
    uint32_t here = (uint32_t)(pc - words) - 1;
    if ((*pc & 0xff) == RT_OP_DROP)
        pc++;
    uint32_t op = *pc & 0xff, next = (uint32_t)(pc - words);
    if (op == RT_OP_RETURN || op == RT_OP_RETURN_K)
        return true;
    const struct rt_exc_entry *e = rt_exc_entry_at(fr->code, next);
    return e && e->start == next && e != rt_exc_entry_at(fr->code, here);
}

static int poll(struct rt_thread *ts, bool hold)
{
    if (hold && (rt_load_relaxed(&ts->breaker) & (RT_BRK_SIGNAL | RT_BRK_ASYNC))) {
        rt_safepoint_others(ts);
        return 0;
    }
    return rt_safepoint_slow(ts);
}

int rt_eval_poll(struct rt_thread *ts, struct rt_frame *fr)
{
    return poll(ts, is_import_system(fr->code));
}

int rt_eval_poll_called(struct rt_thread *ts, struct rt_frame *fr)
{
    return poll(ts, is_at_seam(fr) || is_import_system(fr->code));
}

int rt_eval_poll_entry(struct rt_thread *ts, struct rt_frame *caller, rt_value function)
{
    const struct rt_function *fn = rt_as_function(function);
    return poll(ts, rt_is(rt_slot_peek(&fn->name), RT_ID(__exit__)) || (caller && is_import_system(caller->code)));
}
