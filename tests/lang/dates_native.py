# SPDX-License-Identifier: MIT
"""datetime: arithmetic, text both ways, zones, folds, pickles, subclasses, threads."""
import copy
import pickle
import threading
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo
from _check import raises

# timedelta
assert repr(timedelta(1, 2, 3)) == "datetime.timedelta(days=1, seconds=2, microseconds=3)" and str(timedelta(-1, 5)) == "-1 day, 0:00:05"
assert timedelta(microseconds=0.5) == timedelta(0) and timedelta(microseconds=1.5) == timedelta(microseconds=2)
assert timedelta(7) / timedelta(2) == 3.5 and timedelta(7) // timedelta(2) == 3 and divmod(timedelta(-7), timedelta(2)) == (-4, timedelta(1))
assert timedelta(1) * 1.1 == timedelta(1, 8640) and timedelta(1) / 3.0 == timedelta(seconds=28800) and timedelta.max.total_seconds() == 86399999999999.999999
assert timedelta(1) // 10**30 == timedelta(0) and timedelta(-1) // 10**30 == timedelta(microseconds=-1)
raises(OverflowError, lambda: timedelta.max + timedelta.resolution)
raises(OverflowError, lambda: timedelta(1) * 10**40)
raises(ZeroDivisionError, lambda: timedelta(1) / 0)
assert hash(timedelta(1)) == hash(timedelta(hours=24)) and {timedelta(0): 1}[timedelta(seconds=0)] == 1

# dates
d = date(2020, 2, 29)
assert d + timedelta(366) == date(2021, 3, 1) and (date(2021, 1, 1) - d).days == 307 and d.isocalendar() == (2020, 9, 6)
assert date.fromisocalendar(2020, 53, 5) == date(2021, 1, 1) and date.fromordinal(d.toordinal()) == d and d.replace(year=2024).weekday() == 3
assert [date.fromordinal(n).toordinal() for n in range(1, 3652060, 9973)] == list(range(1, 3652060, 9973))
assert d.strftime("%d/%m/%y %j %%") == "29/02/20 060 %" and f"{d:%Y}" == "2020" and d.ctime() == "Sat Feb 29 00:00:00 2020"
raises(ValueError, date, 2021, 2, 29)
raises(OverflowError, lambda: date.max + timedelta(1))
raises(TypeError, lambda: d < datetime(2020, 1, 1))
assert (d == datetime(2020, 2, 29)) is False

# text
for text in ("2020-01-02T03:04:05", "20200102T030405", "2020-W01-4T03:04:05", "2020W014 030405.000000"):
    assert datetime.fromisoformat(text) == datetime(2020, 1, 2, 3, 4, 5), text
assert datetime.fromisoformat("2020-01-02T03:04:05.123456789-05:30:10.5").utcoffset() == -timedelta(hours=5, minutes=30, seconds=10.5)
assert datetime.fromisoformat("2020-01-02T03Z").tzinfo is UTC and time.fromisoformat("T040506,25") == time(4, 5, 6, 250000)
for text in ("2020-1-2", "2020-01-02T", "2020-01-02T25:00", "2020-01-02T03:04:05+24:00", "2020-13-01", "x" * 12, ""):
    raises(ValueError, datetime.fromisoformat, text)
x = datetime(2020, 1, 2, 3, 4, 5, 6000, timezone(-timedelta(hours=1, minutes=30), "here"))
assert x.isoformat() == "2020-01-02T03:04:05.006000-01:30" and x.isoformat("_", "minutes") == "2020-01-02_03:04-01:30" and str(x)[10] == " "
assert x.strftime("%H:%M:%S.%f %z %Z") == "03:04:05.006000 -0130 here" and x.strftime("%a %b %-d") == "Thu Jan 2"
assert repr(x).endswith("tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=81000), 'here'))")
assert datetime.strptime("2 Jan 2020 +0100", "%d %b %Y %z").utcoffset() == timedelta(hours=1)

# zones and folds
assert x.astimezone(UTC) == x and hash(x) == hash(x.astimezone(UTC)) and x.timestamp() == 1577939645.006
assert datetime.fromtimestamp(-1.5, UTC) == datetime(1969, 12, 31, 23, 59, 58, 500000, UTC)
assert datetime.fromtimestamp(1e9).timestamp() == 1e9 and timezone(timedelta(0)) is UTC
raises(TypeError, lambda: x < datetime(2020, 1, 1))
raises(TypeError, lambda: x - datetime(2020, 1, 1))
raises(ValueError, timezone, timedelta(1))


class Autumn(tzinfo):
    """One hour back at 03:00 of the first of November."""

    def utcoffset(self, when):
        late = when.replace(tzinfo=None, fold=0) >= datetime(2020, 11, 1, 3 - (not when.fold == 0))
        return timedelta(hours=1 if late else 2)

    def dst(self, when):
        return self.utcoffset(when) - timedelta(hours=1)

    def tzname(self, when):
        return "AUT"


twice = datetime(2020, 11, 1, 2, 30, tzinfo=Autumn())
again = twice.replace(fold=1)
assert twice == again and twice.utcoffset() != again.utcoffset() and again.astimezone(UTC) - twice.astimezone(UTC) == timedelta(hours=1)
assert twice != twice.astimezone(UTC) and hash(twice) == hash(again) and "fold=1" in repr(again)

# pickles, copies, subclasses
for value in (d, x, again, time(1, 2, 3, 4, UTC), time(5, fold=1), timedelta.min, UTC, timezone.max):
    for protocol in range(6):
        if value is not again:
            assert pickle.loads(pickle.dumps(value, protocol)) == value == copy.deepcopy(value)
assert pickle.loads(pickle.dumps(time(5, fold=1), 4)).fold == 1


class Stamp(datetime):
    def __new__(cls, *args, **keywords):
        self = super().__new__(cls, *args, **keywords)
        self.extra = "kept"
        return self


s = Stamp(2020, 1, 1) + timedelta(1)
assert type(s) is Stamp and s.extra == "kept" and type(s.replace(day=5)) is Stamp and type(Stamp.now(UTC)) is Stamp
assert Stamp.fromisoformat("2020-01-02") == s and type(s.date()) is date and datetime.combine(s, time(1, tzinfo=UTC)).tzinfo is UTC

# several threads
start, total = datetime(2000, 1, 1, tzinfo=Autumn()), []


def work():
    when, seen = start, set()
    for i in range(500):
        when += timedelta(hours=7)
        seen.add(hash(when))
        assert when.isoformat()[:2] == "20"
    total.append(len(seen))


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(total) == 4 and MAXYEAR == 9999

# zones of the database: what is asked often is native, and answers as the library's Python code does
import io
import struct
import zoneinfo
import zoneinfo._zoneinfo as python_zones

def zone_file(transitions, kinds, names, rule):
    def part(size):
        return (b"TZif" + b"2" + bytes(15) + struct.pack(">6l", 0, 0, 0, len(transitions), len(kinds), len(names)) +
                b"".join(struct.pack(">q" if size == 8 else ">l", at) for at, _ in transitions) +
                bytes(kind for _, kind in transitions) + b"".join(struct.pack(">lbb", *kind) for kind in kinds) + names)
    return io.BytesIO(part(4) + part(8) + b"\n" + rule + b"\n")

berlin = ([(-1693706400, 1), (354675600, 1), (370400400, 0)], [(3600, 0, 0), (7200, 1, 4)], b"CET\0CEST\0")
never = ([], [(3600, 0, 0)], b"CET\0")
for rule in (b"CET-1CEST,M3.5.0,M10.5.0/3", b"CET-1", b"<+0330>-3:30", b"AAA4BBB,J60/2,J300/-1:30", b"AAA-3BBB-1,60,300/23", b"IST-1GMT0,M10.5.0,M3.5.0/1"):
    zones = [cls.from_file(zone_file(*(berlin if rule[:2] == b"CE" else never), rule), key="x") for cls in (zoneinfo.ZoneInfo, python_zones.ZoneInfo)]
    for hours in range(-700000, 1200000, 4991):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
        here = [at.astimezone(zone) for zone in zones]
        assert here[0].isoformat() == here[1].isoformat() and here[0].fold == here[1].fold, (rule, at)
        for fold in (0, 1):
            local = [h.replace(fold=fold) for h in here]
            assert len({(l.utcoffset(), l.dst(), l.tzname()) for l in local}) == 1, (rule, local)
for bad in (b"X", b"AAA", b"AAA25", b"AAA4BBB", b"AAA4BBB,M3.2.0", b"AAA4BBB,M13.2.0,M3.2.0", b"AAA4,M3.2.0,M4.2.0", b"AAA4BBB,J0,J300"):
    try:
        zoneinfo.ZoneInfo.from_file(zone_file(*berlin, bad))
        assert bad in (b"X", b"AAA"), bad
    except ValueError as e:
        assert bad.decode() in str(e)
for key in ("\ud800", "No/Where", "America\udce1/x"):
    try:
        zoneinfo.ZoneInfo(key)
        assert False, key
    except zoneinfo.ZoneInfoNotFoundError:
        pass

# sums across days, months and years, down to microseconds; the ends of the calendar
at = datetime(2024, 2, 28, 23, 59, 59, 999_999)
assert at + timedelta.resolution == datetime(2024, 2, 29) == at - -timedelta.resolution and (at + timedelta(2)).month == 3
assert datetime(2024, 3, 1) - timedelta.resolution == datetime(2024, 2, 29, 23, 59, 59, 999_999)
assert datetime(2024, 1, 1) - at == timedelta(-59, 0, 1) and at - datetime(2024, 2, 28, 5) == timedelta(0, 68399, 999_999)
raises(OverflowError, lambda: datetime.max + timedelta.resolution)
raises(OverflowError, lambda: datetime.min - timedelta.max)
