# SPDX-License-Identifier: MIT
"""deltablue: an incremental solver of one-way constraints; a web of objects, deep class tree."""
import sys

REQUIRED, STRONG, NORMAL, WEAK, WEAKEST = range(5)


class Variable:
    def __init__(self, name, value=0):
        self.name, self.value = name, value
        self.constraints = []
        self.determined_by = None
        self.mark = 0
        self.strength = WEAKEST
        self.stay = True


class Constraint:
    def __init__(self, planner, strength):
        self.planner, self.strength = planner, strength

    def post(self):
        self.add_to_graph()
        self.planner.incremental_add(self)

    def drop(self):
        if self.satisfied():
            self.planner.incremental_remove(self)
        else:
            self.remove_from_graph()

    def inputs_known(self, mark):
        return all(v.mark == mark or v.stay or v.determined_by is None for v in self.inputs())

    def satisfy(self, mark):
        self.choose_method(mark)
        if not self.satisfied():
            if self.strength == REQUIRED:
                raise RuntimeError("a required constraint cannot be satisfied")
            return None
        for v in self.inputs():
            v.mark = mark
        out = self.output()
        overridden = out.determined_by
        if overridden is not None:
            overridden.mark_unsatisfied()
        out.determined_by = self
        if not self.planner.add_propagate(self, mark):
            raise RuntimeError("cycle")
        out.mark = mark
        return overridden


class Unary(Constraint):
    is_input = False

    def __init__(self, planner, variable, strength):
        super().__init__(planner, strength)
        self.variable, self.on = variable, False
        self.post()

    def add_to_graph(self):
        self.variable.constraints.append(self)
        self.on = False

    def remove_from_graph(self):
        self.variable.constraints.remove(self)
        self.on = False

    def choose_method(self, mark):
        self.on = self.variable.mark != mark and self.strength < self.variable.strength

    def satisfied(self):
        return self.on

    def inputs(self):
        return ()

    def output(self):
        return self.variable

    def mark_unsatisfied(self):
        self.on = False

    def recalculate(self):
        self.variable.strength = self.strength
        self.variable.stay = not self.is_input
        if self.variable.stay:
            self.execute()

    def execute(self):
        pass


class Stay(Unary):
    pass


class Edit(Unary):
    is_input = True


class Binary(Constraint):
    def __init__(self, planner, first, second, strength):
        super().__init__(planner, strength)
        self.first, self.second, self.direction = first, second, 0
        self.post()

    def add_to_graph(self):
        self.first.constraints.append(self)
        self.second.constraints.append(self)
        self.direction = 0

    def remove_from_graph(self):
        self.first.constraints.remove(self)
        self.second.constraints.remove(self)
        self.direction = 0

    def choose_method(self, mark):
        first, second = self.first, self.second
        if first.mark == mark:
            self.direction = 1 if second.mark != mark and self.strength < second.strength else 0
        elif second.mark == mark:
            self.direction = -1 if self.strength < first.strength else 0
        elif first.strength > second.strength:
            self.direction = -1 if self.strength < first.strength else 0
        else:
            self.direction = 1 if self.strength < second.strength else 0

    def satisfied(self):
        return self.direction != 0

    def inputs(self):
        return (self.input(),)

    def input(self):
        return self.first if self.direction > 0 else self.second

    def output(self):
        return self.second if self.direction > 0 else self.first

    def mark_unsatisfied(self):
        self.direction = 0

    def recalculate(self):
        source, out = self.input(), self.output()
        out.strength = max(self.strength, source.strength)
        out.stay = source.stay
        if out.stay:
            self.execute()


class Equality(Binary):
    def execute(self):
        self.output().value = self.input().value


class Scale(Binary):
    def __init__(self, planner, source, scale, offset, destination, strength):
        self.scale, self.offset = scale, offset
        super().__init__(planner, source, destination, strength)

    def add_to_graph(self):
        super().add_to_graph()
        self.scale.constraints.append(self)
        self.offset.constraints.append(self)

    def remove_from_graph(self):
        super().remove_from_graph()
        self.scale.constraints.remove(self)
        self.offset.constraints.remove(self)

    def inputs(self):
        return (self.input(), self.scale, self.offset)

    def execute(self):
        if self.direction > 0:
            self.second.value = self.first.value * self.scale.value + self.offset.value
        else:
            self.first.value = (self.second.value - self.offset.value) // self.scale.value

    def recalculate(self):
        source, out = self.input(), self.output()
        out.strength = max(self.strength, source.strength)
        out.stay = source.stay and self.scale.stay and self.offset.stay
        if out.stay:
            self.execute()


class Planner:
    def __init__(self):
        self.mark = 0

    def new_mark(self):
        self.mark += 1
        return self.mark

    def incremental_add(self, constraint):
        mark = self.new_mark()
        while constraint is not None:
            constraint = constraint.satisfy(mark)

    def incremental_remove(self, constraint):
        out = constraint.output()
        constraint.mark_unsatisfied()
        constraint.remove_from_graph()
        unsatisfied = self.remove_propagate(out)
        for strength in range(WEAKEST):
            for other in unsatisfied:
                if other.strength == strength:
                    self.incremental_add(other)

    def make_plan(self, sources):
        mark, plan, todo = self.new_mark(), [], list(sources)
        while todo:
            constraint = todo.pop()
            if constraint.output().mark != mark and constraint.inputs_known(mark):
                plan.append(constraint)
                constraint.output().mark = mark
                self.consumers(constraint.output(), todo)
        return plan

    def add_propagate(self, constraint, mark):
        todo = [constraint]
        while todo:
            current = todo.pop()
            if current.output().mark == mark:
                self.incremental_remove(constraint)
                return False
            current.recalculate()
            self.consumers(current.output(), todo)
        return True

    def remove_propagate(self, out):
        out.determined_by, out.strength, out.stay = None, WEAKEST, True
        unsatisfied, todo = [], [out]
        while todo:
            variable = todo.pop()
            unsatisfied += [c for c in variable.constraints if not c.satisfied()]
            for constraint in variable.constraints:
                if constraint.satisfied() and constraint is not variable.determined_by:
                    constraint.recalculate()
                    todo.append(constraint.output())
        return unsatisfied

    def consumers(self, variable, into):
        for constraint in variable.constraints:
            if constraint is not variable.determined_by and constraint.satisfied():
                into.append(constraint)


def change(planner, variable, values):
    edit = Edit(planner, variable, STRONG)
    plan = planner.make_plan([edit])
    for value in values:
        variable.value = value
        for constraint in plan:
            constraint.execute()
    edit.drop()


def chain(n):
    planner = Planner()
    variables = [Variable(f"v{i}") for i in range(n + 1)]
    for a, b in zip(variables, variables[1:]):
        Equality(planner, a, b, REQUIRED)
    Stay(planner, variables[-1], STRONG + 1)
    change(planner, variables[0], range(40))
    return variables[-1].value


def projection(n):
    planner = Planner()
    scale, offset, targets = Variable("scale", 10), Variable("offset", 1000), []
    for i in range(n):
        source, destination = Variable("s", i), Variable("d", i)
        targets.append((source, destination))
        Stay(planner, source, NORMAL)
        Scale(planner, source, scale, offset, destination, REQUIRED)
    change(planner, targets[0][0], [17])
    change(planner, targets[0][1], [1050])
    change(planner, scale, [5])
    change(planner, offset, [2000])
    return sum(d.value for _, d in targets) + targets[0][0].value


def main(loops=20):
    for _ in range(loops):
        result = chain(1500), projection(1500)
    print("deltablue", *result)


main(*map(int, sys.argv[1:2]))
