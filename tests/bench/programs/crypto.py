# SPDX-License-Identifier: MIT
"""crypto: AES-128 in counter mode in pure Python; table look-ups, shifts and xors."""
import sys


def tables():
    exp, log, x = [0] * 512, [0] * 256, 1
    for i in range(255):
        exp[i] = exp[i + 255] = x
        log[x] = i
        x ^= (x << 1) ^ (0x11b if x & 0x80 else 0)
        x &= 0xff
    sbox = [0x63]
    for i in range(1, 256):
        inverse = exp[255 - log[i]]
        y = inverse
        for _ in range(4):
            inverse = (inverse << 1 | inverse >> 7) & 0xff
            y ^= inverse
        sbox.append(y ^ 0x63)
    columns = [[], [], [], []]
    for s in sbox:
        two = (s << 1) ^ (0x11b if s & 0x80 else 0)
        word = two << 24 | s << 16 | s << 8 | (two ^ s)
        for n in range(4):
            columns[n].append(word)
            word = (word >> 8) | (word & 0xff) << 24
    return sbox, columns


SBOX, (T0, T1, T2, T3) = tables()


def expand(key):
    words = [int.from_bytes(key[i:i + 4], "big") for i in range(0, 16, 4)]
    rcon = 1
    for i in range(4, 44):
        t = words[i - 1]
        if i % 4 == 0:
            t = (t << 8 | t >> 24) & 0xffffffff
            t = SBOX[t >> 24] << 24 | SBOX[t >> 16 & 255] << 16 | SBOX[t >> 8 & 255] << 8 | SBOX[t & 255]
            t ^= rcon << 24
            rcon = (rcon << 1) ^ (0x11b if rcon & 0x80 else 0)
        words.append(words[i - 4] ^ t)
    return words


def encrypt(words, a, b, c, d):
    a, b, c, d = a ^ words[0], b ^ words[1], c ^ words[2], d ^ words[3]
    for k in range(4, 40, 4):
        a, b, c, d = (T0[a >> 24] ^ T1[b >> 16 & 255] ^ T2[c >> 8 & 255] ^ T3[d & 255] ^ words[k],
                      T0[b >> 24] ^ T1[c >> 16 & 255] ^ T2[d >> 8 & 255] ^ T3[a & 255] ^ words[k + 1],
                      T0[c >> 24] ^ T1[d >> 16 & 255] ^ T2[a >> 8 & 255] ^ T3[b & 255] ^ words[k + 2],
                      T0[d >> 24] ^ T1[a >> 16 & 255] ^ T2[b >> 8 & 255] ^ T3[c & 255] ^ words[k + 3])
    out = []
    for k, (p, q, r, s) in enumerate(((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c)), 40):
        out.append((SBOX[p >> 24] << 24 | SBOX[q >> 16 & 255] << 16 | SBOX[r >> 8 & 255] << 8 | SBOX[s & 255]) ^ words[k])
    return out


def ctr(words, data):
    out = bytearray()
    for start in range(0, len(data), 16):
        stream = b"".join(word.to_bytes(4, "big") for word in encrypt(words, 0, 0, 0, start // 16))
        out += bytes(x ^ y for x, y in zip(data[start:start + 16], stream))
    return bytes(out)


def main(loops=7):
    words = expand(bytes(range(16)))
    check = encrypt(words, 0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff)
    assert check == [0x69c4e0d8, 0x6a7b0430, 0xd8cdb780, 0x70b4c55a]
    text = bytes(i * 7 % 256 for i in range(60000))
    for _ in range(loops):
        secret = ctr(words, text)
        assert ctr(words, secret)[:100] == text[:100]
    print("crypto", secret[:16].hex(), sum(secret))


main(*map(int, sys.argv[1:2]))
