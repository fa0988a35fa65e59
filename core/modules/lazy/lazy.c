/* SPDX-License-Identifier: MIT */
/*
 * Loading a library on demand. library.h makes a table of pointers and a stub for every function that
 * jumps through its pointer; loading fills the table, in the order of the .def file.
 * Two threads may load at once: both write the same words, and the handle is published last.
 */
#include <dlfcn.h>

#include "core/modules/lazy/lazy.h"

#define LIB bz2
#define LIST "core/modules/lazy/bz2.def"
#include "core/modules/lazy/library.h"
#define LIB crypt
#define LIST "core/modules/lazy/crypt.def"
#include "core/modules/lazy/library.h"
#define LIB crypto
#define LIST "core/modules/lazy/crypto.def"
#include "core/modules/lazy/library.h"
#define LIB curses
#define LIST "core/modules/lazy/curses.def"
#include "core/modules/lazy/library.h"
#define LIB db
#define LIST "core/modules/lazy/db.def"
#include "core/modules/lazy/library.h"
#define LIB edit
#define LIST "core/modules/lazy/edit.def"
#include "core/modules/lazy/library.h"
#define LIB expat
#define LIST "core/modules/lazy/expat.def"
#include "core/modules/lazy/library.h"
#define LIB ffi
#define LIST "core/modules/lazy/ffi.def"
#include "core/modules/lazy/library.h"
#define LIB gdbm
#define LIST "core/modules/lazy/gdbm.def"
#include "core/modules/lazy/library.h"
#define LIB lzma
#define LIST "core/modules/lazy/lzma.def"
#include "core/modules/lazy/library.h"
#define LIB panel
#define LIST "core/modules/lazy/panel.def"
#include "core/modules/lazy/library.h"
#define LIB sqlite
#define LIST "core/modules/lazy/sqlite.def"
#include "core/modules/lazy/library.h"
#define LIB ssl
#define LIST "core/modules/lazy/ssl.def"
#include "core/modules/lazy/library.h"
#define LIB uuid
#define LIST "core/modules/lazy/uuid.def"
#include "core/modules/lazy/library.h"
#define LIB x509
#define LIST "core/modules/lazy/x509.def"
#include "core/modules/lazy/library.h"

#define RT_LAZY_LIB(lib, file) \
    struct rt_lazy rt_lazy_##lib = {file, names_##lib, rt_lazy_slots_##lib, NULL};
#include "core/modules/lazy/libs.def"

int rt_lazy_load_slow(struct rt_thread *ts, struct rt_lazy *lib)
{
    size_t i = 0;
    rt_detach(ts, RT_DETACH_IO);
    void *handle = dlopen(lib->soname, RTLD_LAZY | RTLD_LOCAL);
    rt_attach(ts);
    if (!handle) {
        rt_raise(ts, &rt_exc_ImportError, "%s", dlerror());
        return -1;
    }
    for (const char *name = lib->names; *name; name += strlen(name) + 1, i++) {
        void *f = dlsym(handle, name);
        if (!f) {
            rt_raise(ts, &rt_exc_ImportError, "%s has no function %s", lib->soname, name);
            return -1;
        }
        rt_store_release((_Atomic(void *) *)&lib->slots[i], f);
    }
    rt_store_release(&lib->handle, handle);
    return 0;
}

void *rt_lazy_data(struct rt_lazy *lib, const char *name)
{
    void *handle = rt_load_acquire(&lib->handle);
    return handle ? dlsym(handle, name) : NULL;
}
