# SPDX-License-Identifier: MIT
"""barnes_hut: gravity in a quadtree; recursive objects full of floats."""
import math
import sys


class Body:
    __slots__ = ("x", "y", "vx", "vy", "mass")

    def __init__(self, x, y, vx, vy, mass):
        self.x, self.y, self.vx, self.vy, self.mass = x, y, vx, vy, mass


class Quad:
    def __init__(self, x, y, size):
        self.x, self.y, self.size = x, y, size
        self.body = self.children = None
        self.mass = self.cx = self.cy = 0.0

    def insert(self, body):
        if self.mass == 0.0:
            self.body = body
        else:
            if self.children is None:
                half = self.size / 2
                self.children = [Quad(self.x + dx * half, self.y + dy * half, half) for dy in (0, 1) for dx in (0, 1)]
                old, self.body = self.body, None
                self.child(old).insert(old)
            self.child(body).insert(body)
        total = self.mass + body.mass
        self.cx = (self.cx * self.mass + body.x * body.mass) / total
        self.cy = (self.cy * self.mass + body.y * body.mass) / total
        self.mass = total

    def child(self, body):
        half = self.size / 2
        return self.children[(body.x >= self.x + half) + 2 * (body.y >= self.y + half)]

    def force(self, body, theta):
        if self.mass == 0.0 or self.body is body:
            return 0.0, 0.0
        dx, dy = self.cx - body.x, self.cy - body.y
        distance = math.sqrt(dx * dx + dy * dy + 1e-4)
        if self.children is None or self.size / distance < theta:
            f = self.mass / (distance * distance * distance)
            return dx * f, dy * f
        fx = fy = 0.0
        for child in self.children:
            cx, cy = child.force(body, theta)
            fx += cx
            fy += cy
        return fx, fy


def main(loops=19):
    for _ in range(loops):
        state, bodies = 17, []
        for _ in range(200):
            values = []
            for _ in range(4):
                state = (state * 1103515245 + 12345) & 0x7fffffff
                values.append(state / 0x7fffffff)
            bodies.append(Body(values[0] * 100, values[1] * 100, values[2] - .5, values[3] - .5, 1.0 + values[0]))
        for _ in range(5):
            tree = Quad(-200.0, -200.0, 500.0)
            for body in bodies:
                tree.insert(body)
            forces = [tree.force(body, 0.5) for body in bodies]
            for body, (fx, fy) in zip(bodies, forces):
                body.vx += fx * 0.1
                body.vy += fy * 0.1
                body.x += body.vx * 0.1
                body.y += body.vy * 0.1
    print(f"barnes_hut {sum(b.x for b in bodies):.6f} {sum(b.y for b in bodies):.6f}")


main(*map(int, sys.argv[1:2]))
