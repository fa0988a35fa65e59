# SPDX-License-Identifier: MIT
"""pyflate: inflate (RFC 1951) in pure Python; bits, Huffman tables, byte copies."""
import sys
import zlib

LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]
LENGTH_BITS = [0] * 8 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4 + [0]
DISTANCE_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]
DISTANCE_BITS = [0, 0, 0, 0] + [n // 2 for n in range(2, 28)]


class Bits:
    def __init__(self, data):
        self.data, self.position, self.hold, self.count = data, 0, 0, 0

    def read(self, n):
        while self.count < n:
            self.hold |= self.data[self.position] << self.count
            self.position += 1
            self.count += 8
        value = self.hold & ((1 << n) - 1)
        self.hold >>= n
        self.count -= n
        return value

    def align(self):
        self.hold = self.count = 0


class Huffman:
    def __init__(self, lengths):
        counts = [0] * 16
        for length in lengths:
            counts[length] += 1
        counts[0], code, following = 0, 0, [0] * 16
        for bits in range(1, 16):
            code = (code + counts[bits - 1]) << 1
            following[bits] = code
        self.table = {}
        for symbol, length in enumerate(lengths):
            if length:
                self.table[length, following[length]] = symbol
                following[length] += 1

    def decode(self, bits):
        code = length = 0
        table = self.table
        while True:
            code = code << 1 | bits.read(1)
            length += 1
            symbol = table.get((length, code))
            if symbol is not None:
                return symbol


def dynamic(bits):
    literals, distances, codes = bits.read(5) + 257, bits.read(5) + 1, bits.read(4) + 4
    lengths = [0] * 19
    for place in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)[:codes]:
        lengths[place] = bits.read(3)
    decoder, lengths = Huffman(lengths), []
    while len(lengths) < literals + distances:
        symbol = decoder.decode(bits)
        if symbol < 16:
            lengths.append(symbol)
        elif symbol == 16:
            lengths += lengths[-1:] * (3 + bits.read(2))
        else:
            lengths += [0] * (3 + bits.read(3) if symbol == 17 else 11 + bits.read(7))
    return Huffman(lengths[:literals]), Huffman(lengths[literals:])


def inflate(data):
    bits, out = Bits(data), bytearray()
    last = False
    while not last:
        last, kind = bits.read(1), bits.read(2)
        if kind == 0:
            bits.align()
            size = bits.read(16)
            bits.read(16)
            out += data[bits.position:bits.position + size]
            bits.position += size
            continue
        if kind == 1:
            literals, distances = Huffman([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8), Huffman([5] * 30)
        else:
            literals, distances = dynamic(bits)
        while (symbol := literals.decode(bits)) != 256:
            if symbol < 256:
                out.append(symbol)
                continue
            symbol -= 257
            length = LENGTH_BASE[symbol] + bits.read(LENGTH_BITS[symbol])
            symbol = distances.decode(bits)
            start = len(out) - DISTANCE_BASE[symbol] - bits.read(DISTANCE_BITS[symbol])
            for i in range(start, start + length):
                out.append(out[i])
    return bytes(out)


def main(loops=21):
    state, words = 7, []
    for _ in range(9000):
        state = (state * 1103515245 + 12345) & 0x7fffffff
        words.append(("alpha", "beta", "gamma", "delta", "epsilon")[state >> 8 & 3] + str(state >> 12 & 255))
    text = " ".join(words).encode()
    packed = zlib.compress(text, 9)
    for _ in range(loops):
        assert inflate(packed[2:-4]) == text
    print("pyflate", len(text), zlib.crc32(inflate(packed[2:-4])))


main(*map(int, sys.argv[1:2]))
