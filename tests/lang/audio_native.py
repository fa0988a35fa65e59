# SPDX-License-Identifier: MIT
"""audioop: codes of sound there and back, mixing, rates, and a digest over all of it."""
import hashlib
import random
import warnings

from _check import raises

with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    import audioop
assert [str(w.message) for w in seen] == ["'audioop' is deprecated and slated for removal in Python 3.13"]

tone = b"".join(int(20000 * ((i % 50) / 25 - 1)).to_bytes(2, "little", signed=True) for i in range(400))
assert audioop.rms(tone, 2) == 11551 and audioop.max(tone, 2) == 20000
assert audioop.findfit(tone, tone[60:120]) == (30, 1.0)
code, state = audioop.lin2adpcm(tone, 2, None)
back, again = audioop.adpcm2lin(code, 2, None)
assert len(code) * 4 == len(back) == len(tone) and state == again
assert audioop.rms(audioop.add(tone[200:], audioop.mul(back[200:], 2, -1), 2), 2) == 7538
everything = bytes(range(256))
assert audioop.lin2alaw(audioop.alaw2lin(everything, 2), 2) == everything
stereo = audioop.tostereo(tone, 2, 1, 0.5)
assert audioop.tomono(stereo, 2, 1, 0) == tone
half, state = audioop.ratecv(tone, 2, 1, 8000, 4000, None)
assert len(half) == len(tone) // 2
pieces, state = b"", None
for i in range(0, len(tone), 100):
    piece, state = audioop.ratecv(tone[i:i + 100], 2, 1, 44100, 8000, state)
    pieces += piece
assert pieces == audioop.ratecv(tone, 2, 1, 44100, 8000, None)[0]

raises(audioop.error, audioop.max, b"abc", 2, text="not a whole number of frames")
raises(audioop.error, audioop.max, b"abc", 5, text="Size should be 1, 2, 3 or 4")
raises(audioop.error, audioop.findfit, b"ab", b"abcd", text="First sample should be longer")
raises(TypeError, audioop.max, "abcd", 2, text="a bytes-like object is required, not 'str'")
raises(TypeError, audioop.adpcm2lin, b"a", 2, 5, text="state must be a tuple or None")
raises(ValueError, audioop.adpcm2lin, b"a", 2, (0, 89), text="bad state")

random.seed(11)
digest = hashlib.sha256()
for _ in range(100):
    width = random.choice((1, 2, 3, 4))
    data = random.randbytes(24 * width)
    other = random.randbytes(24 * width)
    for name in ("minmax", "avg", "maxpp", "avgpp", "rms", "cross", "reverse", "byteswap", "lin2ulaw", "ulaw2lin", "lin2alaw"):
        digest.update(repr(getattr(audioop, name)(data, width)).encode())
    digest.update(audioop.add(data, other, width) + audioop.mul(data, width, 1.7) + audioop.bias(data, width, 12345))
    digest.update(audioop.lin2lin(data, width, 3) + audioop.tomono(data, width, 0.4, -0.8))
    digest.update(repr(audioop.ratecv(data, width, 2, 9, 7, None, 3, 1)).encode())
print(digest.hexdigest()[:16])
