# SPDX-License-Identifier: MIT
"""sys.addaudithook: which events natives raise, and with what. The expected output is python3.11's."""
import array, code, fcntl, gc, marshal, mmap, os, pickle, resource, signal, socket, sqlite3, sys, syslog, tempfile, time, types, threading, builtins, select, pty
log = []
on = False
def hook(event, args):
    global on
    if on:
        on = False
        log.append((event, args))
        on = True
sys.addaudithook(hook)
def show(a):
    if isinstance(a, int) and (abs(a) > 5000 or a in (os.getpid(), os.getpgrp())) or isinstance(a, bytes) and len(a) > 4: return type(a).__name__.upper()
    if isinstance(a, str) and a.startswith('/'): return os.path.basename(a)
    if isinstance(a, (int, str, bytes, type(None))): return repr(a)
    if type(a) is tuple: return '(' + ', '.join(map(show, a)) + ')'
    if isinstance(a, list): return '[' + ', '.join(map(show, a)) + ']'
    return type(a).__name__
def probe(name, f, *args, **kw):
    global on
    log.clear()
    on = True
    try:
        f(*args, **kw)
    except Exception:
        pass  # what matters is what it told before
    on = False
    print(name, *[f"{e}{show(a)}" for e, a in log])
d = tempfile.mkdtemp()
os.chdir(d)
open('f', 'w').close()
fd = os.dup2(os.open('f', os.O_RDWR), 50)
probe('id', id, [])
probe('array', array.array, 'i', [1])
probe('array0', array.array, 'i')
def fn(a=1, *, b=2): yield
c = fn.__code__
probe('FunctionType', types.FunctionType, c, {})
for a in dir(fn): probe('fn.' + a, getattr, fn, a)
for a, v in (('__code__', c), ('__defaults__', (1,)), ('__kwdefaults__', None), ('__name__', 'a'), ('__qualname__', 'b'), ('__doc__', ''), ('__annotations__', {}), ('__dict__', {})):
    probe('set fn.' + a, setattr, fn, a, v)
for a in ('__defaults__', '__kwdefaults__', '__code__'): probe('del fn.' + a, delattr, fn, a)
def fn(): yield
g = fn()
for a in ('gi_code', 'gi_frame', 'gi_running', 'gi_yieldfrom', '__name__'): probe('gen.' + a, getattr, g, a)
async def co(): pass
k = co()
for a in ('cr_code', 'cr_frame', 'cr_running', 'cr_await'): probe('coro.' + a, getattr, k, a)
k.close()
async def ag(): yield
k = ag()
for a in ('ag_code', 'ag_frame', 'ag_running', 'ag_await'): probe('ag.' + a, getattr, k, a)
f = sys._getframe()
for a in dir(f):
    if a.startswith('f_'): probe('frame.' + a, getattr, f, a)
try: 1/0
except Exception as e: tb = e.__traceback__
for a in ('tb_frame', 'tb_next', 'tb_lineno', 'tb_lasti'): probe('tb.' + a, getattr, tb, a)
for a in ('co_code', 'co_consts', 'co_names'): probe('code.' + a, getattr, c, a)
class C:
    def m(self): pass
class D(C): pass
for a in ('__func__', '__self__'): probe('method.' + a, getattr, C().m, a)
for a in ('__dict__', '__name__', '__bases__', '__mro__', '__module__', '__doc__', '__qualname__', '__abstractmethods__'): probe('type.' + a, getattr, C, a)
for a, v in (('__name__', 'X'), ('__qualname__', 'X'), ('__module__', 'X'), ('__doc__', 'X'), ('__bases__', (C,)), ('x', 1), ('__abstractmethods__', ())):
    probe('set type.' + a, setattr, D, a, v)
for a in ('__name__', '__module__', '__doc__', '__bases__', '__abstractmethods__'): probe('del type.' + a, delattr, D, a)
o = C()
for a, v in (('__class__', D), ('x', 1), ('__dict__', {})): probe('set inst.' + a, setattr, o, a, v)
probe('classmethod.__func__', getattr, classmethod(len), '__func__')
cell = (lambda: cell_v); 
def outer():
    z = 1
    return lambda: z
probe('cell', getattr, outer().__closure__[0], 'cell_contents')
probe('builtin.__self__', getattr, [].append, '__self__')
probe('proxy', getattr, types.MappingProxyType({}), '__doc__')
probe('property.fget', getattr, property(len), 'fget')
import functools, weakref
probe('partial.func', getattr, functools.partial(len), 'func')
probe('super.__thisclass__', getattr, super(C, o), '__thisclass__')
for n, fl, a in [('flock', fcntl.flock, (fd, fcntl.LOCK_UN)), ('lockf', fcntl.lockf, (fd, fcntl.LOCK_UN)), ('fcntl', fcntl.fcntl, (fd, fcntl.F_GETFD)), ('ioctl', fcntl.ioctl, (fd, 1, 2))]:
    probe(n, fl, *a)
probe('mmap', mmap.mmap, -1, 8)
probe('mmap2', mmap.mmap, -1, 8, access=mmap.ACCESS_READ)
probe('chdir', os.chdir, '.'); probe('fchdir', os.fchdir, os.dup2(os.open('.', 0), 51))
probe('chmod', os.chmod, 'f', 0o600); probe('fchmod', os.fchmod, fd, 0o600); probe('chmod fd', os.chmod, fd, 0o600)
probe('chown', os.chown, 'f', -1, -1); probe('fchown', os.fchown, fd, -1, -1); probe('lchown', os.lchown, 'f', -1, -1)
probe('link', os.link, 'f', 'g'); probe('symlink', os.symlink, 'f', 's'); probe('rename', os.rename, 'g', 'h'); probe('replace', os.replace, 'h', 'g')
probe('mkdir', os.mkdir, 'dd'); probe('rmdir', os.rmdir, 'dd'); probe('remove', os.remove, 'g'); probe('unlink', os.unlink, 's')
probe('truncate', os.truncate, 'f', 3); probe('ftruncate', os.ftruncate, fd, 3)
probe('utime', os.utime, 'f'); probe('utime2', os.utime, 'f', (1, 2)); probe('utime3', os.utime, 'f', ns=(1, 2))
probe('listdir', os.listdir); probe('listdir2', os.listdir, '.'); probe('scandir', os.scandir); probe('scandir2', os.scandir, '.')
probe('listxattr', os.listxattr, 'f'); probe('getxattr', os.getxattr, 'f', 'user.x'); probe('setxattr', os.setxattr, 'f', 'user.x', b'1'); probe('removexattr', os.removexattr, 'f', 'user.y')
probe('putenv', os.putenv, 'A', 'B'); probe('unsetenv', os.unsetenv, 'A')
probe('system', os.system, 'true'); probe('kill', os.kill, os.getpid(), 0); probe('killpg', os.killpg, os.getpgrp(), 0)
probe('exec', os.execv, '/nonexist', ['a']); probe('execve', os.execve, '/nonexist', ['a'], {'a': 'b'})
probe('posix_spawn', os.posix_spawn, '/nonexist', ['a'], {}); probe('posix_spawnp', os.posix_spawnp, '/nonexist', ['a'], {})
probe('os.lockf', os.lockf, fd, os.F_ULOCK, 0)
probe('os.open', os.open, 'f', os.O_RDONLY); probe('open', open, 'f'); probe('open fd', open, fd, 'r+', closefd=False); probe('open b', open, 'f', 'rb', 0)
probe('opener', open, 'f', opener=lambda a, b: os.open(a, b))
probe('fileio', __import__('io').FileIO, 'f', 'w')
probe('open_code', __import__('io').open_code, os.path.abspath('f'))
probe('fork', lambda: os.fork() or os._exit(0)); os.wait()
probe('readlink', os.readlink, 'f'); probe('access', os.access, 'f', 0); probe('mkfifo', os.mkfifo, 'ff'); probe('pipe', os.pipe)
probe('nice', os.nice, 0)
probe('setrlimit', resource.setrlimit, resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE)); probe('prlimit', resource.prlimit, 0, resource.RLIMIT_CORE); probe('getrlimit', resource.getrlimit, 1)
probe('pthread_kill', signal.pthread_kill, threading.get_ident(), 0)
probe('signal', signal.signal, signal.SIGUSR1, signal.SIG_DFL)
s = socket.socket(); u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a, b = socket.socketpair()
probe('socket', socket.socket, socket.AF_UNIX, socket.SOCK_DGRAM)
probe('bind', s.bind, ('127.0.0.1', 0)); probe('connect', s.connect, ('127.0.0.1', 1)); probe('connect_ex', s.connect_ex, ('127.0.0.1', 1))
probe('sendto', u.sendto, b'x', ('127.0.0.1', 9)); probe('sendmsg', u.sendmsg, [b'x'], [], 0, ('127.0.0.1', 9)); probe('sendmsg2', a.sendmsg, [b'x'])
probe('getservbyname', socket.getservbyname, 'http'); probe('getservbyname2', socket.getservbyname, 'http', 'tcp'); probe('getservbyport', socket.getservbyport, 80); probe('getservbyport2', socket.getservbyport, 80, 'udp'); probe('getnameinfo', socket.getnameinfo, ('127.0.0.1', 80), 0); probe('getprotobyname', socket.getprotobyname, 'tcp')
probe('sqlite', sqlite3.connect, ':memory:')
probe('sqlite2', sqlite3.Connection, ':memory:')
probe('current_frames', sys._current_frames); probe('current_exceptions', sys._current_exceptions); probe('_getframe', sys._getframe); 
probe('setprofile', sys.setprofile, None); probe('settrace', sys.settrace, None); probe('asyncgen', sys.set_asyncgen_hooks, None, None); probe('asyncgen2', sys.set_asyncgen_hooks, firstiter=len);sys.set_asyncgen_hooks(None, None)
class E:
    def __del__(self): raise ValueError(1)
sys.unraisablehook = lambda a: None
def un():
    e = E(); del e
probe('unraisable', un)
sys.unraisablehook = sys.__unraisablehook__
for n in ('openlog', 'closelog'): probe('syslog.' + n, getattr(syslog, n))
probe('syslog', syslog.syslog, 'x'); probe('setlogmask', syslog.setlogmask, 255); syslog.closelog(); sys.argv = None; probe('openlog2', syslog.openlog); sys.argv = ['/a/b']; probe('openlog3', syslog.openlog); probe('openlog4', syslog.openlog, 'q', 1, 8)
probe('sleep', time.sleep, 0)
probe('compile', compile, '1', 'a', 'eval'); probe('compileb', compile, b'1', 'a', 'eval'); probe('eval', eval, '1'); probe('exec', exec, '1'); probe('exec code', exec, compile('1', 'a', 'exec'))
probe('marshal', marshal.dumps, 1); probe('loads', marshal.loads, marshal.dumps(1)); probe('load', marshal.load, open('/dev/null', 'rb')); probe('dump', marshal.dump, 1, open('/dev/null', 'wb'))
probe('pickle', pickle.loads, pickle.dumps(len)); probe('gc', gc.get_objects); probe('gcr', gc.get_referrers, 1); probe('gcf', gc.get_referents, 1)
probe('thread', lambda: __import__('_thread').start_new_thread(len, ('a',)))
probe('Thread', lambda: threading.Thread(target=int).start())
sys.breakpointhook = lambda: None
probe('breakpoint', lambda: breakpoint())
sys.stdin = __import__('io').StringIO('abc\n'); probe('input', input); sys.stdin = __import__('io').StringIO('abc\n'); probe('input2', input, 'q')
import subprocess
import glob, shutil; probe('glob', glob.glob, '*'); probe('copyfile', shutil.copyfile, 'f', 'f2')
probe('addaudithook', sys.addaudithook, lambda *a: None)
import ssl
os.chdir('/')
shutil.rmtree(d)
