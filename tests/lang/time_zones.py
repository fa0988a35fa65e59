# SPDX-License-Identifier: MIT
"""Local time around changes of the clock, of the zone, and by several threads at once."""
import calendar
import datetime
import os
import random
import threading
import time

# UTC is what the calendar says, for every year that datetime knows
r = random.Random(3)
for s in [0, -1, 951782399, 951782400, 4107542399, 4107542400, -62135596800, 253402300799, -2203891200] + [
        r.randrange(-62135596800, 253402300800) for _ in range(3000)]:
    t = time.gmtime(s)
    assert calendar.timegm(t) == s, s
    d = datetime.date(t.tm_year, t.tm_mon, t.tm_mday)
    assert (d.weekday(), d.timetuple().tm_yday) == (t.tm_wday, t.tm_yday), s
    assert (t.tm_isdst, t.tm_zone, t.tm_gmtoff) == (0, "GMT", 0)
print(time.gmtime(-62135596800)[:8], time.gmtime(253402300799)[:8])


def zone(tz):
    os.environ["TZ"] = tz
    time.tzset()


def seen(s):
    """The local second, asked for often enough that it comes from memory at last."""
    all_times = {(tuple(time.localtime(s)), time.localtime(s).tm_zone, time.localtime(s).tm_gmtoff) for _ in range(4)}
    assert len(all_times) == 1
    assert calendar.timegm(time.localtime(s)) - s == time.localtime(s).tm_gmtoff
    stamps = {datetime.datetime.fromtimestamp(s) for _ in range(4)} | {datetime.datetime(*time.localtime(s)[:6])}
    assert len(stamps) == 1
    return all_times.pop()


NEW_YORK, LORD_HOWE = "EST5EDT,M3.2.0,M11.1.0", "LHST-10:30LHDT-11,M10.1.0,M4.1.0"
SPRING, AUTUMN = 1710054000, 1730613600  # New York, 2024
for tz, changes in ((NEW_YORK, (SPRING, AUTUMN)), (LORD_HOWE, (1712415600, 1728142200)), ("IST-5:30", (1700000000,)),
                    ("ODD3:12:17", (1700000000,)), ("UTC0", (0,))):
    zone(tz)
    for change in changes:
        for step in (-90000, -86400, -3600, -901, -900, -899, -1, 0, 1, 899, 900, 3599, 3600, 86400):
            print(tz, step, *seen(change + step))
    for s in (r.randrange(-2**31, 2**32) for _ in range(300)):
        seen(s)
        assert time.mktime(time.localtime(s)) == s or tz in (NEW_YORK, LORD_HOWE)

# the hour that comes twice
zone(NEW_YORK)
for s in (AUTUMN - 7200, AUTUMN - 3600, AUTUMN - 1, AUTUMN, AUTUMN + 3599, AUTUMN + 3600):
    for _ in range(3):
        d = datetime.datetime.fromtimestamp(s)
        assert d.timestamp() == s
    print(d, d.fold)

# a new zone holds from tzset on; without it from when the C library looks
for tz in ("UTC0", "IST-5:30", NEW_YORK, "UTC0"):
    for _ in range(3):
        time.localtime(AUTUMN)
    zone(tz)
    print(tz, *seen(AUTUMN))
os.environ["TZ"] = "IST-5:30"
time.mktime(time.gmtime(0))
print(seen(AUTUMN))
del os.environ["TZ"]
time.tzset()

# many threads, while the zone changes
zone("UTC0")
stop = False
wrong = []


def work():
    while not stop:
        t = time.localtime(AUTUMN)
        if (t.tm_gmtoff, t.tm_zone, t.tm_hour, t.tm_min) not in ((0, "UTC", 6, 0), (19800, "IST", 11, 30)):
            wrong.append(t)


threads = [threading.Thread(target=work) for _ in range(3)]
for t in threads:
    t.start()
for i in range(200):
    zone(("UTC0", "IST-5:30")[i % 2])
    time.sleep(0.0002)
stop = True
for t in threads:
    t.join()
print(wrong)
