# SPDX-License-Identifier: MIT
"""richards: an operating system's scheduler simulated with objects and virtual calls."""
import sys

IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
DEVICE, WORK = 1000, 1001


class Packet:
    def __init__(self, link, identity, kind):
        self.link, self.identity, self.kind = link, identity, kind
        self.datum = 0
        self.data = [0] * 4

    def append_to(self, queue):
        self.link = None
        if queue is None:
            return self
        tail = queue
        while tail.link is not None:
            tail = tail.link
        tail.link = self
        return queue


class Task:
    def __init__(self, system, identity, priority, queue, runnable=False):
        self.system, self.identity, self.priority, self.queue = system, identity, priority, queue
        self.pending = queue is not None
        self.waiting = not runnable
        self.held = False
        self.next = system.first
        system.first = self
        system.tasks[identity] = self

    def add_packet(self, packet, old):
        if self.queue is None:
            self.queue = packet
            self.pending = True
            if self.priority > old.priority:
                return self
        else:
            packet.append_to(self.queue)
        return old

    def blocked(self):
        return self.held or (self.waiting and not self.pending)

    def step(self):
        packet = None
        if self.waiting and self.pending:
            packet = self.queue
            self.queue = packet.link
            self.waiting = False
            self.pending = self.queue is not None
        return self.run(packet)

    def wait(self):
        self.waiting = True
        return self

    def hold(self):
        self.system.holds += 1
        self.held = True
        return self.next

    def release(self, identity):
        other = self.system.tasks[identity]
        other.held = False
        return other if other.priority > self.priority else self

    def send(self, packet):
        other = self.system.tasks[packet.identity]
        self.system.packets += 1
        packet.link = None
        packet.identity = self.identity
        return other.add_packet(packet, self)


class Idle(Task):
    def __init__(self, *args):
        super().__init__(*args, runnable=True)
        self.control, self.count = 1, 10000

    def run(self, packet):
        self.count -= 1
        if self.count == 0:
            return self.hold()
        if self.control & 1 == 0:
            self.control //= 2
            return self.release(DEVICE_A)
        self.control = self.control // 2 ^ 0xd008
        return self.release(DEVICE_B)


class Worker(Task):
    destination, count = HANDLER_A, 0

    def run(self, packet):
        if packet is None:
            return self.wait()
        self.destination = HANDLER_B if self.destination == HANDLER_A else HANDLER_A
        packet.identity = self.destination
        packet.datum = 0
        for i in range(4):
            self.count = self.count % 26 + 1
            packet.data[i] = 64 + self.count
        return self.send(packet)


class Handler(Task):
    work = devices = None

    def run(self, packet):
        if packet is not None:
            if packet.kind == WORK:
                self.work = packet.append_to(self.work)
            else:
                self.devices = packet.append_to(self.devices)
        work = self.work
        if work is None:
            return self.wait()
        count = work.datum
        if count > 3:
            self.work = work.link
            return self.send(work)
        device = self.devices
        if device is None:
            return self.wait()
        self.devices = device.link
        device.datum = work.data[count]
        work.datum = count + 1
        return self.send(device)


class Device(Task):
    pending_packet = None

    def run(self, packet):
        if packet is None:
            packet = self.pending_packet
            if packet is None:
                return self.wait()
            self.pending_packet = None
            return self.send(packet)
        self.pending_packet = packet
        return self.hold()


class System:
    def __init__(self):
        self.first, self.tasks, self.holds, self.packets = None, [None] * 6, 0, 0

    def run(self):
        task = self.first
        while task is not None:
            task = task.next if task.blocked() else task.step()


def simulate():
    system = System()
    Idle(system, IDLE, 1, None)
    Worker(system, WORKER, 1000, Packet(Packet(None, WORKER, WORK), WORKER, WORK))
    for handler, priority, device in ((HANDLER_A, 2000, DEVICE_A), (HANDLER_B, 3000, DEVICE_B)):
        queue = None
        for _ in range(3):
            queue = Packet(queue, device, DEVICE)
        Handler(system, handler, priority, queue)
    Device(system, DEVICE_A, 4000, None)
    Device(system, DEVICE_B, 5000, None)
    system.run()
    return system.holds, system.packets


def main(loops=16):
    for _ in range(loops):
        result = simulate()
    print("richards", *result)


main(*map(int, sys.argv[1:2]))
