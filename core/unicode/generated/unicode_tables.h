/* SPDX-License-Identifier: MIT */
/* Made by tools/gen_unicode.py: shapes of the tables. */
#ifndef RT_UNICODE_GENERATED_H
#define RT_UNICODE_GENERATED_H
#include <stdint.h>
#define RT_UNICODE_TYPE_SHIFT 7
extern const uint16_t rt_unicode_type_index[];
extern const uint16_t rt_unicode_type_data[];
#define RT_UNICODE_RECORD_SHIFT 7
extern const uint16_t rt_unicode_record_index[];
extern const uint16_t rt_unicode_record_data[];
#define RT_UNICODE_OLD_SHIFT 7
extern const uint8_t rt_unicode_old_index[];
extern const uint16_t rt_unicode_old_data[];
#define RT_UNICODE_DECOMP_SHIFT 7
extern const uint8_t rt_unicode_decomp_index[];
extern const uint16_t rt_unicode_decomp_data[];
#define RT_UNICODE_CORRECTIONS 5
#define RT_UNICODE_COMPOSE_SLOTS 4096
#define RT_UNICODE_NAME_SINGLE 208
#define RT_UNICODE_NAME_RUNS 690
#define RT_UNICODE_EXTRA_NAMES 931
#define RT_UNICODE_IDEOGRAPH_RANGES 8
#endif
