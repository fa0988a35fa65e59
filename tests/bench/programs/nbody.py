# SPDX-License-Identifier: MIT
"""nbody: the outer planets, floats in lists and nested loops."""
import sys

PI = 3.14159265358979323
SOLAR_MASS = 4 * PI * PI
DAYS = 365.24


def bodies():
    return [
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], SOLAR_MASS],
        [[4.84143144246472090, -1.16032004402742839, -0.103622044471123109],
         [0.00166007664274403694 * DAYS, 0.00769901118419740425 * DAYS, -0.0000690460016972063023 * DAYS],
         0.000954791938424326609 * SOLAR_MASS],
        [[8.34336671824457987, 4.12479856412430479, -0.403523417114321381],
         [-0.00276742510726411 * DAYS, 0.00499852801234917 * DAYS, 0.0000230417297573763929 * DAYS],
         0.000285885980666130812 * SOLAR_MASS],
        [[12.8943695621391310, -15.1111514016986312, -0.223307578892655734],
         [0.00296460137564761618 * DAYS, 0.0023784717395948095 * DAYS, -0.0000296589568540237556 * DAYS],
         0.0000436624404335156298 * SOLAR_MASS],
        [[15.3796971148509165, -25.9193146099879641, 0.179258772950371181],
         [0.00268067772490389322 * DAYS, 0.00162824170038242295 * DAYS, -0.0000951592254519715870 * DAYS],
         0.0000515138902046611451 * SOLAR_MASS]]


def advance(system, pairs, steps, dt):
    for _ in range(steps):
        for (p, v, m), (q, w, n) in pairs:
            dx = p[0] - q[0]
            dy = p[1] - q[1]
            dz = p[2] - q[2]
            mag = dt * (dx * dx + dy * dy + dz * dz) ** -1.5
            a = n * mag
            b = m * mag
            v[0] -= dx * a
            v[1] -= dy * a
            v[2] -= dz * a
            w[0] += dx * b
            w[1] += dy * b
            w[2] += dz * b
        for position, velocity, _ in system:
            position[0] += dt * velocity[0]
            position[1] += dt * velocity[1]
            position[2] += dt * velocity[2]


def energy(system, pairs):
    total = 0.0
    for (p, _, m), (q, _, n) in pairs:
        total -= m * n / ((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2) ** 0.5
    for _, v, m in system:
        total += m * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) / 2
    return total


def main(loops=16):
    system = bodies()
    pairs = [(a, b) for i, a in enumerate(system) for b in system[i + 1:]]
    momentum = [sum(v[i] * m for _, v, m in system) for i in range(3)]
    system[0][1][:] = [-x / SOLAR_MASS for x in momentum]
    for _ in range(loops):
        advance(system, pairs, 10000, 0.01)
    print(f"nbody {energy(system, pairs):.9f}")


main(*map(int, sys.argv[1:2]))
