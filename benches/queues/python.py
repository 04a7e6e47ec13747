"""What Python's own queues and start methods take, in nanoseconds: one JSON object on standard output."""
import json
import multiprocessing
import sys
import time


def produce(queue, count, message):
    for _ in range(count):
        queue.put(message)


def nothing():
    pass


def per_message(queue, size, count, joinable):
    context = multiprocessing.get_context("fork")
    producer = context.Process(target=produce, args=(queue, count, bytes(size)))
    producer.start()
    total = sum(queue.get())
    began = time.perf_counter_ns()
    for _ in range(count - 1):
        total += sum(queue.get())
        if joinable:
            queue.task_done()
    taken = time.perf_counter_ns() - began
    producer.join()
    return taken / (count - 1)


def start_and_join(method):
    context = multiprocessing.get_context(method)
    # The first one starts the fork server itself.
    for _ in range(2):
        began = time.perf_counter_ns()
        process = context.Process(target=nothing)
        process.start()
        process.join()
        taken = time.perf_counter_ns() - began
    return taken


if __name__ == "__main__":
    size, count = int(sys.argv[1]), int(sys.argv[2])
    context = multiprocessing.get_context("fork")
    result = {
        "Queue": per_message(context.Queue(1024), size, count, False),
        "SimpleQueue": per_message(context.SimpleQueue(), size, count, False),
        "JoinableQueue": per_message(context.JoinableQueue(1024), size, count, True),
    }
    if size == 8:
        for method in ("fork", "forkserver", "spawn"):
            result[method] = start_and_join(method)
    print(json.dumps(result))
