# SPDX-License-Identifier: MIT
"""go: random games on a 9x9 board with captures and union of groups; lists, sets and calls."""
import sys

SIZE = 9
EMPTY, BLACK, WHITE = 0, 1, 2
NEIGHBOURS = [[p for p in (i - SIZE, i + SIZE, i - 1 if i % SIZE else -1, i + 1 if i % SIZE != SIZE - 1 else -1) if 0 <= p < SIZE * SIZE]
              for i in range(SIZE * SIZE)]


class Random:
    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) & 0x7fffffff
        return (self.state >> 8) % n


class Board:
    def __init__(self):
        self.colour = [EMPTY] * (SIZE * SIZE)
        self.empty = set(range(SIZE * SIZE))
        self.ko = None
        self.captured = [0, 0, 0]

    def group(self, start):
        colour, todo, stones, liberties = self.colour[start], [start], {start}, set()
        while todo:
            for n in NEIGHBOURS[todo.pop()]:
                c = self.colour[n]
                if c == EMPTY:
                    liberties.add(n)
                elif c == colour and n not in stones:
                    stones.add(n)
                    todo.append(n)
        return stones, liberties

    def legal(self, place, colour):
        if self.colour[place] != EMPTY or place == self.ko:
            return False
        own_eye = True
        for n in NEIGHBOURS[place]:
            if self.colour[n] != colour:
                own_eye = False
            if self.colour[n] == EMPTY:
                return True
        if own_eye:
            return False
        for n in NEIGHBOURS[place]:
            _, liberties = self.group(n)
            if self.colour[n] == colour and len(liberties) > 1 or self.colour[n] != colour and len(liberties) == 1:
                return True
        return False

    def play(self, place, colour):
        self.colour[place] = colour
        self.empty.discard(place)
        self.ko = None
        for n in NEIGHBOURS[place]:
            if self.colour[n] not in (EMPTY, colour):
                stones, liberties = self.group(n)
                if not liberties:
                    for stone in stones:
                        self.colour[stone] = EMPTY
                        self.empty.add(stone)
                    self.captured[colour] += len(stones)
                    if len(stones) == 1:
                        self.ko = stones.pop()


def game(seed):
    rng, board, colour, passes, moves = Random(seed), Board(), BLACK, 0, 0
    while passes < 2 and moves < 240:
        places = sorted(board.empty)
        for _ in range(6):
            if places:
                place = places[rng.below(len(places))]
                if board.legal(place, colour):
                    board.play(place, colour)
                    passes = 0
                    break
        else:
            passes += 1
        colour = BLACK + WHITE - colour
        moves += 1
    return moves, board.colour.count(BLACK), board.captured[BLACK], board.captured[WHITE]


def main(loops=500):
    totals = [0] * 4
    for seed in range(loops):
        for i, value in enumerate(game(seed)):
            totals[i] += value
    print("go", *totals)


main(*map(int, sys.argv[1:2]))
