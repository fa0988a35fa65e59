/* SPDX-License-Identifier: MIT */
/* termios: terminal attributes, window size, draining and flow. */
#include <sys/ioctl.h>
#include <termios.h>
#include <asm/ioctls.h>

#include "core/modules/lazy/lazy.h"
#include "core/modules/os/os_util.h"

static rt_value error(struct rt_thread *ts)
{
    if (rt_pending(ts))
        return RT_NULL;
    int err = errno;
    rt_value t = rt_interp_kept(ts, "termios.error"), text = rt_str_from_cstr(ts, strerror(err));
    rt_value args = rt_tuple_pack(ts, 2, rt_int_imm(err), text), e = rt_is_null(args) ? args : rt_call_ex(ts, t, args, RT_NULL);
    if (!rt_is_null(e))
        rt_raise_instance(ts, e);
    rt_decref(ts, e);
    rt_decref(ts, args);
    rt_decref(ts, text);
    rt_decref(ts, t);
    return RT_NULL;
}
static rt_value te_tcgetattr(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct termios t;
    int fd = rt_fd_arg(ts, v), r;
    if (fd < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, tcgetattr(fd, &t));
    if (r < 0)
        return error(ts);
    rt_value cc = rt_list_new(ts, NCCS);
    for (int i = 0; i < NCCS && !rt_is_null(cc); i++) {
        bool number = !(t.c_lflag & ICANON) && (i == VMIN || i == VTIME);
        if (rt_list_append_steal(ts, cc, number ? rt_int_imm(t.c_cc[i]) : rt_bytes_new(ts, &t.c_cc[i], 1)) < 0)
            rt_clear(ts, &cc);
    }
    if (rt_is_null(cc))
        return cc;
    rt_value w[7] = {rt_int_imm(t.c_iflag), rt_int_imm(t.c_oflag), rt_int_imm(t.c_cflag), rt_int_imm(t.c_lflag),
                     rt_int_imm(cfgetispeed(&t)), rt_int_imm(cfgetospeed(&t)), cc};
    return rt_list_steal(ts, w, 7);
}
static int set_chars(struct rt_thread *ts, struct termios *t, rt_value cc)
{
    if (!rt_is_list(cc) || rt_list_len(cc) != NCCS) {
        rt_raise(ts, &rt_exc_TypeError, "tcsetattr: attributes[6] must be %d element list", NCCS);
        return -1;
    }
    for (size_t i = 0; i < NCCS; i++) {
        rt_value v = rt_list_get(ts, cc, i);
        if (rt_is_bytes(v) && rt_as_bytes(v)->length == 1)
            t->c_cc[i] = (cc_t)rt_as_bytes(v)->data[0];
        else if (rt_is_any_int(v))
            t->c_cc[i] = (cc_t)rt_as_i64(ts, v);
        else
            rt_raise(ts, &rt_exc_TypeError, "tcsetattr: elements of attributes must be characters or integers");
        rt_decref(ts, v);
        if (rt_pending(ts))
            return -1;
    }
    return 0;
}
static rt_value te_tcsetattr(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct termios t;
    int64_t x[6];
    int r;
    if (rt_args_count(ts, "tcsetattr", n, 3, 3) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]), when = fd < 0 ? 0 : rt_as_int(ts, a[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (!rt_is_list(a[2]) || rt_list_len(a[2]) != 7)
        return rt_raise(ts, &rt_exc_TypeError, "tcsetattr, arg 3: must be 7 element list");
    RT_BLOCKING(ts, r, tcgetattr(fd, &t));
    if (r < 0)
        return error(ts);
    for (size_t i = 0; i < 6; i++) {
        rt_value v = rt_list_get(ts, a[2], i);
        x[i] = rt_as_i64(ts, v);
        rt_decref(ts, v);
        if (rt_pending(ts))
            return RT_NULL;
    }
    rt_value cc = rt_list_get(ts, a[2], 6);
    t.c_iflag = (tcflag_t)x[0];
    t.c_oflag = (tcflag_t)x[1];
    t.c_cflag = (tcflag_t)x[2];
    t.c_lflag = (tcflag_t)x[3];
    int err = set_chars(ts, &t, cc);
    rt_decref(ts, cc);
    if (err < 0)
        return RT_NULL;
    if (cfsetispeed(&t, (speed_t)x[4]) < 0 || cfsetospeed(&t, (speed_t)x[5]) < 0)
        return error(ts);
    RT_BLOCKING(ts, r, tcsetattr(fd, when, &t));
    return r < 0 ? error(ts) : RT_NONE;
}
static rt_value two(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, int (*fn)(int, int))
{
    int r;
    if (rt_args_count(ts, fname, n, 2, 2) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]), x = fd < 0 ? 0 : rt_as_int(ts, a[1]);
    if (rt_pending(ts))
        return RT_NULL;
    RT_BLOCKING(ts, r, fn(fd, x));
    return r < 0 ? error(ts) : RT_NONE;
}
static rt_value te_tcsendbreak(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return two(ts, "tcsendbreak", a, n, tcsendbreak); }
static rt_value te_tcflush(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return two(ts, "tcflush", a, n, tcflush); }
static rt_value te_tcflow(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return two(ts, "tcflow", a, n, tcflow); }
static rt_value te_tcdrain(struct rt_thread *ts, rt_value self, rt_value v)
{
    int fd = rt_fd_arg(ts, v), r;
    if (fd < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, tcdrain(fd));
    return r < 0 ? error(ts) : RT_NONE;
}
static rt_value te_tcgetwinsize(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct winsize w;
    int fd = rt_fd_arg(ts, v);
    if (fd < 0)
        return RT_NULL;
    if (ioctl(fd, TIOCGWINSZ, &w) < 0)
        return error(ts);
    return rt_tuple_pack(ts, 2, rt_int_imm(w.ws_row), rt_int_imm(w.ws_col));
}
static rt_value te_tcsetwinsize(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct winsize w;
    if (rt_args_count(ts, "tcsetwinsize", n, 2, 2) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]);
    if (fd < 0)
        return RT_NULL;
    rt_value t = rt_is_sequence(a[1]) ? rt_seq_tuple(ts, a[1]) : RT_NULL;
    if (rt_is_null(t) || rt_as_tuple(t)->length != 2) {
        rt_decref(ts, t);
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_TypeError, "tcsetwinsize, arg 2: must be a two-item sequence");
    }
    int64_t rows = rt_as_i64(ts, rt_as_tuple(t)->items[0]), cols = rt_pending(ts) ? 0 : rt_as_i64(ts, rt_as_tuple(t)->items[1]);
    rt_decref(ts, t);
    if (rt_pending(ts))
        return RT_NULL;
    if (rows < 0 || rows > 65535 || cols < 0 || cols > 65535)
        return rt_raise(ts, &rt_exc_OverflowError, "winsize value(s) out of range.");
    if (ioctl(fd, TIOCGWINSZ, &w) < 0)
        return error(ts);
    w.ws_row = (unsigned short)rows;
    w.ws_col = (unsigned short)cols;
    return ioctl(fd, TIOCSWINSZ, &w) < 0 ? error(ts) : RT_NONE;
}
static int exec(struct rt_thread *ts, rt_value m)
{
#define C(n) {#n, n},
    static const struct rt_posix_const constants[] = {
        C(B0) C(B1000000) C(B110) C(B115200) C(B1152000) C(B1200) C(B134) C(B150) C(B1500000)
        C(B1800) C(B19200) C(B200) C(B2000000) C(B230400) C(B2400) C(B2500000) C(B300)
        C(B3000000) C(B3500000) C(B38400) C(B4000000) C(B460800) C(B4800) C(B50) C(B500000)
        C(B57600) C(B576000) C(B600) C(B75) C(B921600) C(B9600) C(BRKINT) C(BS0) C(BS1) C(BSDLY)
        C(CBAUD) C(CBAUDEX) C(CDSUSP) C(CEOF) C(CEOL) C(CEOT) C(CERASE) C(CFLUSH) C(CIBAUD)
        C(CINTR) C(CKILL) C(CLNEXT) C(CLOCAL) C(CQUIT) C(CR0) C(CR1) C(CR2) C(CR3) C(CRDLY)
        C(CREAD) C(CRPRNT) C(CRTSCTS) C(CS5) C(CS6) C(CS7) C(CS8) C(CSIZE) C(CSTART) C(CSTOP)
        C(CSTOPB) C(CSUSP) C(CWERASE) C(ECHO) C(ECHOCTL) C(ECHOE) C(ECHOK) C(ECHOKE) C(ECHONL)
        C(ECHOPRT) C(EXTA) C(EXTB) C(FF0) C(FF1) C(FFDLY) C(FIOASYNC) C(FIOCLEX) C(FIONBIO)
        C(FIONCLEX) C(FIONREAD) C(FLUSHO) C(HUPCL) C(ICANON) C(ICRNL) C(IEXTEN) C(IGNBRK)
        C(IGNCR) C(IGNPAR) C(IMAXBEL) C(INLCR) C(INPCK) C(IOCSIZE_MASK) C(IOCSIZE_SHIFT) C(ISIG)
        C(ISTRIP) C(IUCLC) C(IXANY) C(IXOFF) C(IXON) C(NCC) C(NCCS) C(NL0) C(NL1) C(NLDLY)
        C(NOFLSH) C(N_MOUSE) C(N_PPP) C(N_SLIP) C(N_STRIP) C(N_TTY) C(OCRNL) C(OFDEL) C(OFILL)
        C(OLCUC) C(ONLCR) C(ONLRET) C(ONOCR) C(OPOST) C(PARENB) C(PARMRK) C(PARODD) C(PENDIN)
        C(TAB0) C(TAB1) C(TAB2) C(TAB3) C(TABDLY) C(TCFLSH) C(TCGETA) C(TCGETS) C(TCIFLUSH)
        C(TCIOFF) C(TCIOFLUSH) C(TCION) C(TCOFLUSH) C(TCOOFF) C(TCOON) C(TCSADRAIN) C(TCSAFLUSH)
        C(TCSANOW) C(TCSBRK) C(TCSBRKP) C(TCSETA) C(TCSETAF) C(TCSETAW) C(TCSETS) C(TCSETSF)
        C(TCSETSW) C(TCXONC) C(TIOCCONS) C(TIOCEXCL) C(TIOCGETD) C(TIOCGICOUNT)
        C(TIOCGLCKTRMIOS) C(TIOCGPGRP) C(TIOCGSERIAL) C(TIOCGSOFTCAR) C(TIOCGWINSZ) C(TIOCINQ)
        C(TIOCLINUX) C(TIOCMBIC) C(TIOCMBIS) C(TIOCMGET) C(TIOCMIWAIT) C(TIOCMSET) C(TIOCM_CAR)
        C(TIOCM_CD) C(TIOCM_CTS) C(TIOCM_DSR) C(TIOCM_DTR) C(TIOCM_LE) C(TIOCM_RI) C(TIOCM_RNG)
        C(TIOCM_RTS) C(TIOCM_SR) C(TIOCM_ST) C(TIOCNOTTY) C(TIOCNXCL) C(TIOCOUTQ) C(TIOCPKT)
        C(TIOCPKT_DATA) C(TIOCPKT_DOSTOP) C(TIOCPKT_FLUSHREAD) C(TIOCPKT_FLUSHWRITE)
        C(TIOCPKT_NOSTOP) C(TIOCPKT_START) C(TIOCPKT_STOP) C(TIOCSCTTY) C(TIOCSERCONFIG)
        C(TIOCSERGETLSR) C(TIOCSERGETMULTI) C(TIOCSERGSTRUCT) C(TIOCSERGWILD) C(TIOCSERSETMULTI)
        C(TIOCSERSWILD) C(TIOCSER_TEMT) C(TIOCSETD) C(TIOCSLCKTRMIOS) C(TIOCSPGRP)
        C(TIOCSSERIAL) C(TIOCSSOFTCAR) C(TIOCSTI) C(TIOCSWINSZ) C(TOSTOP) C(VDISCARD) C(VEOF)
        C(VEOL) C(VEOL2) C(VERASE) C(VINTR) C(VKILL) C(VLNEXT) C(VMIN) C(VQUIT) C(VREPRINT)
        C(VSTART) C(VSTOP) C(VSUSP) C(VSWTC) C(VT0) C(VT1) C(VTDLY) C(VTIME) C(VWERASE) C(XCASE)
        C(XTABS)
        {"VSWTCH", VSWTC}, {NULL, 0}};
    rt_value e = rt_interp_kept(ts, "termios.error");
    if (rt_is_null(e)) {
        e = rt_module_add_exception(ts, m, "error", rt_type_value(&rt_exc_Exception));
        if (rt_is_null(e) || rt_interp_keep(ts, "termios.error", e) < 0)
            return -1;
    }
    return rt_module_add(ts, m, "error", e) < 0 ? -1 : rt_os_constants(ts, m, constants);
}
static const struct rt_method_def methods[] = {
    {"tcgetattr", te_tcgetattr, RT_METH_O, "tcgetattr($module, fd, /)\n--\n\nGet the tty attributes for file descriptor fd."},
    {"tcsetattr", te_tcsetattr, RT_METH_FAST, "tcsetattr($module, fd, when, attributes, /)\n--\n\nSet the tty attributes for file descriptor fd."},
    {"tcsendbreak", te_tcsendbreak, RT_METH_FAST, "tcsendbreak($module, fd, duration, /)\n--\n\nSend a break on file descriptor fd."},
    {"tcdrain", te_tcdrain, RT_METH_O, "tcdrain($module, fd, /)\n--\n\nWait until all output written to file descriptor fd has been transmitted."},
    {"tcflush", te_tcflush, RT_METH_FAST, "tcflush($module, fd, queue, /)\n--\n\nDiscard queued data on file descriptor fd."},
    {"tcflow", te_tcflow, RT_METH_FAST, "tcflow($module, fd, action, /)\n--\n\nSuspend or resume input or output on file descriptor fd."},
    {"tcgetwinsize", te_tcgetwinsize, RT_METH_O, "tcgetwinsize($module, fd, /)\n--\n\nGet the tty winsize for file descriptor fd."},
    {"tcsetwinsize", te_tcsetwinsize, RT_METH_FAST, "tcsetwinsize($module, fd, winsize, /)\n--\n\nSet the tty winsize for file descriptor fd."},
    {NULL},
};
const struct rt_module_def rt_module_termios = {.name = "termios", .doc = "This module provides an interface to the Posix calls for tty I/O control.", .methods = methods, .exec = exec};
