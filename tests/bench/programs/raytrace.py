# SPDX-License-Identifier: MIT
"""raytrace: spheres, a plane and reflections; small immutable vectors with operators."""
import math
import sys


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, o):
        return Vector(self.x + o.x, self.y + o.y, self.z + o.z)

    def __sub__(self, o):
        return Vector(self.x - o.x, self.y - o.y, self.z - o.z)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k, self.z * k)

    def dot(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def unit(self):
        return self * (1.0 / math.sqrt(self.dot(self)))

    def reflect(self, normal):
        return self - normal * (2 * self.dot(normal))


class Ray:
    def __init__(self, origin, direction):
        self.origin, self.direction = origin, direction.unit()

    def at(self, t):
        return self.origin + self.direction * t


class Sphere:
    def __init__(self, centre, radius, colour, shine):
        self.centre, self.radius, self.colour, self.shine = centre, radius, colour, shine

    def hit(self, ray):
        towards = self.centre - ray.origin
        v = towards.dot(ray.direction)
        d = self.radius * self.radius - (towards.dot(towards) - v * v)
        return v - math.sqrt(d) if d > 0 else None

    def normal(self, point):
        return (point - self.centre).unit()


class Plane:
    shine = 0.1

    def __init__(self, height):
        self.height = height
        self.up = Vector(0.0, 1.0, 0.0)

    def hit(self, ray):
        v = ray.direction.y
        return (self.height - ray.origin.y) / v if abs(v) > 1e-6 else None

    def normal(self, point):
        return self.up

    @property
    def colour(self):
        return (0.8, 0.8, 0.7)


class Scene:
    def __init__(self):
        self.things = [Plane(-1.0)] + [Sphere(Vector(math.sin(i) * 3, i * 0.3, 6 + math.cos(i) * 3), 0.8, (i / 7, 0.5, 1 - i / 7), 0.3) for i in range(7)]
        self.light = Vector(-5.0, 8.0, -3.0)

    def closest(self, ray):
        best = None
        for thing in self.things:
            t = thing.hit(ray)
            if t is not None and t > 1e-4 and (best is None or t < best[0]):
                best = (t, thing)
        return best

    def colour(self, ray, depth=0):
        found = self.closest(ray)
        if found is None:
            return (0.2, 0.3, 0.5)
        t, thing = found
        point = ray.at(t)
        normal = thing.normal(point)
        to_light = (self.light - point).unit()
        amount = 0.2
        if self.closest(Ray(point, to_light)) is None:
            amount += 0.8 * max(0.0, normal.dot(to_light))
        colour = [c * amount for c in thing.colour]
        if depth < 2 and thing.shine:
            reflected = self.colour(Ray(point, ray.direction.reflect(normal)), depth + 1)
            colour = [c * (1 - thing.shine) + r * thing.shine for c, r in zip(colour, reflected)]
        return tuple(colour)


def main(loops=7, width=96, height=72):
    for _ in range(loops):
        scene, eye, total = Scene(), Vector(0.0, 1.5, -3.0), [0.0, 0.0, 0.0]
        for y in range(height):
            for x in range(width):
                ray = Ray(eye, Vector((x - width / 2) / width * 1.6, (height / 2 - y) / height * 1.2, 1.0))
                for i, c in enumerate(scene.colour(ray)):
                    total[i] += c
    print("raytrace", *(f"{c:.6f}" for c in total))


main(*map(int, sys.argv[1:2]))
