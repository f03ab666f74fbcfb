"""Times PyTorch's training steps on request, so that its turns can alternate with gradlab's.

usage: torch_steps.py THREADS

Each line on standard input, "W1 2.5", asks for a workload and the seconds of measuring each variant. The
answer is a line of JSON: {"variant": [seconds of a step, by repetition], …}; a variant that fails gives its
error in place of the list. The first line is what the figures depend on.
"""

import json
import sys

import torch

from torch_models import WORKLOADS, facts, laid_out, set_up, stepper, timed, title, variants


def prepare(workload):
    """Gives a function per variant that runs a step, or the error that its first steps met."""
    make, shape = WORKLOADS[workload]
    steps = {}
    for layout, mode in variants(shape):
        torch.manual_seed(1)
        x, y = laid_out(torch.rand(shape), layout), torch.randint(0, 10, shape[:1])
        step = stepper(make(), layout, mode)
        try:
            for _ in range(10):  # compiles, and picks kernels
                step(x, y)
        except Exception as error:  # whatever a compiler that is not there brings
            steps[title(layout, mode, shape)] = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
            continue
        steps[title(layout, mode, shape)] = lambda step=step, x=x, y=y: step(x, y)
    return steps


def main():
    set_up(int(sys.argv[1]))
    print(json.dumps(facts()), flush=True)
    prepared = {}
    for line in sys.stdin:
        workload, seconds = line.split()
        if workload not in prepared:
            prepared[workload] = prepare(workload)
        answer = {name: step if isinstance(step, str) else timed(step, float(seconds))
                  for name, step in prepared[workload].items()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
