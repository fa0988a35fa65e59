/* SPDX-License-Identifier: MIT */
/* Parses PYRT_STRESS and PYRT_VERIFY; see options.h. */
#include "core/base/options.h"

#include <stdio.h>
#include <stdlib.h>

struct rt_stress rt_stress;

static const struct { const char *word; uint32_t bit; } words[] = {
    {"gc", RT_STRESS_GC},       {"stw", RT_STRESS_STW},     {"detach", RT_STRESS_DETACH},
    {"merge", RT_STRESS_MERGE}, {"yield", RT_STRESS_YIELD},
};

static bool parse_word(const char *w, struct rt_stress *out)
{
    for (size_t i = 0; i < RT_COUNTOF(words); i++)
        if (strcmp(w, words[i].word) == 0) {
            out->bits |= words[i].bit;
            return true;
        }
    if (strncmp(w, "oom:", 4) == 0) {
        out->bits |= RT_STRESS_OOM;
        out->oom_after = atoll(w + 4);
        return true;
    }
    if (strncmp(w, "seed:", 5) == 0) {
        out->seed = (uint32_t)atoll(w + 5);
        return true;
    }
    return *w == 0;
}

bool rt_stress_parse(const char *text, struct rt_stress *out)
{
    char buf[256];
    snprintf(buf, sizeof buf, "%s", text);
    char *save = NULL;
    for (char *w = strtok_r(buf, ", ", &save); w; w = strtok_r(NULL, ", ", &save))
        if (!parse_word(w, out)) {
            fprintf(stderr, "pyrt: PYRT_STRESS: unknown word '%s'\n", w);
            return false;
        }
    return true;
}

void rt_stress_init(void)
{
    const char *s = getenv("PYRT_STRESS"), *v = getenv("PYRT_VERIFY");
    rt_stress.seed = 1;
    if (s && !rt_stress_parse(s, &rt_stress))
        exit(2);
    rt_stress.verify = v && *v && *v != '0';
}
