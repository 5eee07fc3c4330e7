# The queue M/M/1 as SimPy's documentation would write it: a process for each customer.
# Usage: python3 simpyQueue.py CUSTOMERS ARRIVALS_PER_SECOND SEED; prints one JSON object.
import json
import random
import sys
import time

import simpy

customers, arrivals_per_second = int(sys.argv[1]), float(sys.argv[2])
random.seed(int(sys.argv[3]))
waits = []


def customer(env, server):
    came = env.now
    with server.request() as turn:
        yield turn
        waits.append(env.now - came)
        yield env.timeout(random.expovariate(1.0))


def source(env, server):
    for _ in range(customers):
        yield env.timeout(random.expovariate(arrivals_per_second))
        env.process(customer(env, server))


env = simpy.Environment()
env.process(source(env, simpy.Resource(env, capacity=1)))
started = time.perf_counter(), time.process_time()
env.run()
seconds, cpu_seconds = time.perf_counter() - started[0], time.process_time() - started[1]
mean_wait = sum(waits) / len(waits)
figures = {"seconds": seconds, "cpuSeconds": cpu_seconds, "meanWaitSeconds": mean_wait}
print(json.dumps(figures))
