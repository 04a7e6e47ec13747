"""The real interpreter's side of `gilbench validate`.

A request is a line of JSON on standard input, an answer a line of JSON on standard output behind `PREFIX`; the first
line says who answers. The program's stand-in speaks the same language, and does in each function what is done here.

One file for CPython 2.7 and all of 3, without packages. Times are nanoseconds.
"""

import sys

# Before the first import: modules come from the interpreter's own folders, and never from the current one.
sys.path[:] = [folder for folder in sys.path if folder[:1] == "/"]

import json
import os
import time

try:
    import threading
except ImportError:
    threading = None
try:
    import socket
except ImportError:
    socket = None
try:
    import resource
except ImportError:
    resource = None

PREFIX = "gilbench:"
MESSAGE = 64
clock = getattr(time, "perf_counter", time.time)
cpu_clock = getattr(time, "process_time", None) or time.clock


# The bodies of the loops. Each works on local names alone, and means the same to every version.


def count(n):
    i = 0
    while i < n:
        i += 1


def watch(n, last, me, stamps):
    """Notes when this thread runs where another one ran before."""
    i = 0
    while i < n:
        if last[0] is not me:
            last[0] = me
            stamps.append(clock())
        i += 1


def notice(n, last, me, other, stamps):
    """The same where somebody else ran before, every time."""
    i = 0
    while i < n:
        if last[0] is not me:
            last[0] = other
            stamps.append(clock())
        i += 1


def churn(n, thing):
    """One reference to the thing taken and one dropped each time."""
    i = 0
    while i < n:
        held = thing
        i += 1
    return held


def private(n):
    churn(n, object())


SHARED = object()


def shared(n):
    churn(n, SHARED)


def watch_alone(n):
    me = object()
    watch(n, [me], me, [])


def notice_alone(n):
    other = object()
    notice(n, [other], object(), other, [])


ALONE = {"count": count, "watch": watch_alone, "notice": notice_alone, "private": private, "shared": shared}


# How work is run.


def timed(body, n):
    start = clock()
    body(n)
    return clock() - start


def together(works):
    """Runs every work in a thread of its own, all let go at once; returns when that was, and when each had ended.

    A work that fails is raised here, once the others have ended.
    """
    ends, errors, gates, threads = [], [], [], []
    start = [0.0]

    def run(work, arrived, gate):
        arrived.release()
        gate.acquire()
        try:
            work(start[0])
            ends.append(clock())
        except BaseException as error:
            errors.append(error)

    for work in works:
        arrived, gate = threading.Lock(), threading.Lock()
        arrived.acquire()
        gate.acquire()
        thread = threading.Thread(target=run, args=(work, arrived, gate))
        thread.start()
        arrived.acquire()
        gates.append(gate)
        threads.append(thread)
    before = switches()
    start[0] = clock()
    # A release lets nobody else run: the threads begin together when this one begins to wait.
    for gate in gates:
        gate.release()
    for thread in threads:
        thread.join()
    after = switches()
    if errors:
        raise errors[0]
    return start[0], ends, [b - a for a, b in zip(before, after)]


def switches():
    """Voluntary and involuntary context switches of the process so far."""
    if resource is None:
        return []
    used = resource.getrusage(resource.RUSAGE_SELF)
    return [used.ru_nvcsw, used.ru_nivcsw]


def with_switches(answer, counts):
    if counts:
        answer["voluntary"], answer["involuntary"] = counts
    return answer


def shares(total, n):
    return [total * (k + 1) // n - total * k // n for k in range(n)]


def quantile(ordered, p):
    return ordered[min(len(ordered) - 1, int(p * len(ordered)))]


# What can be asked for.


def on_one_thread(body, n):
    """The time it takes. On a thread like those it is compared with: how fast a loop is also depends on where its frame
    and its numbers lie, and the main thread's lie elsewhere."""
    start, ends, _ = together([lambda _: body(n)])
    return ends[0] - start


def alone(ask):
    """The loop on one thread."""
    return {"wall_ns": on_one_thread(ALONE[ask["body"]], ask["iterations"]) * 1e9}


def threads(ask):
    """The loop on one thread, then the same iterations shared by several."""
    body = ALONE[ask["body"]]
    base = on_one_thread(count if body is count else private, ask["iterations"])
    works = [lambda _, n=n: body(n) for n in shares(ask["iterations"], ask["threads"])]
    start, ends, counts = together(works)
    return with_switches({"base_ns": base * 1e9, "wall_ns": (max(ends) - start) * 1e9}, counts)


def hand_overs(ask):
    """Threads that note who ran last, until the first of them has finished."""
    last, stamps = [None], []
    works = [
        lambda _, n=n: watch(n, last, object(), stamps) for n in shares(ask["iterations"], ask["threads"])
    ]
    start, ends, _ = together(works)
    end = min(ends)
    seen = [stamp for stamp in sorted(stamps) if stamp <= end]
    slices = sorted(b - a for a, b in zip(seen, seen[1:]))
    answer = {"wall_ns": (end - start) * 1e9, "count": len(slices)}
    if slices:
        answer["slice_ns"] = quantile(slices, 0.5) * 1e9
    return answer


def processes(ask):
    """The loop here, then the same iterations shared by forked processes."""
    base = timed(count, ask["iterations"])
    ready, gate, results = os.pipe(), os.pipe(), os.pipe()
    children = []
    for n in shares(ask["iterations"], ask["workers"]):
        child = os.fork()
        if child == 0:
            try:
                # What a fork leaves to be copied at first use is copied before the start.
                count(1000)
                os.write(ready[1], b".")
                os.read(gate[0], 1)
                count(n)
                os.write(results[1], ("%.9f\n" % clock()).encode("ascii"))
            finally:
                os._exit(0)
        children.append(child)
    os.close(results[1])
    for _ in children:
        os.read(ready[0], 1)
    start = clock()
    os.write(gate[1], b"." * len(children))
    with os.fdopen(results[0]) as ends:
        last = max(float(end) for end in ends)
    for child in children:
        os.waitpid(child, 0)
    for end in ready + gate:
        os.close(end)
    return {"base_ns": base * 1e9, "wall_ns": (last - start) * 1e9}


def mixed(ask):
    """Tasks that wait and then compute; each worker takes the next one."""
    tasks = [ask["iterations"]] * ask["tasks"]
    pause = ask["sleep_us"] / 1e6

    def work(_):
        while True:
            try:
                n = tasks.pop()
            except IndexError:
                return
            if pause:
                time.sleep(pause)
            if n:
                count(n)

    start, ends, _ = together([work] * ask["workers"])
    return {"wall_ns": (max(ends) - start) * 1e9}


def connect(ask):
    line = socket.create_connection(("127.0.0.1", ask["port"]))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def message(delay_us):
    head = bytearray(MESSAGE)
    for at in range(4):
        head[at] = (delay_us >> (8 * at)) & 0xFF
    return bytes(head)


def exchange(line, text):
    line.sendall(text)
    if len(line.recv(MESSAGE)) != MESSAGE:
        raise EOFError("the echo server is gone")


def echo(ask):
    """Workers that send and wait for the answer, beside threads that only compute."""
    text = message(ask["delay_us"])
    lines = [connect(ask) for _ in range(ask["workers"])]
    for line in lines:
        exchange(line, message(0))
    times, working = [], list(lines)

    def talk(line):
        def work(start):
            until = start + ask["duration_us"] / 1e6
            begin = start
            try:
                while begin < until:
                    exchange(line, text)
                    end = clock()
                    times.append(end - begin)
                    begin = end
            finally:
                working.pop()

        return work

    def compute(_):
        while working:
            count(1000)

    talkers = [talk(line) for line in lines]
    start, ends, _ = together(talkers + [compute] * ask["beside"])
    for line in lines:
        line.close()
    ordered = sorted(times)
    return {
        "wall_ns": (max(ends) - start) * 1e9,
        "count": len(times),
        "mean_ns": sum(times) / len(times) * 1e9,
        "p50_ns": quantile(ordered, 0.5) * 1e9,
        "p99_ns": quantile(ordered, 0.99) * 1e9,
    }


ASKED = {
    "alone": alone,
    "threads": threads,
    "hand-overs": hand_overs,
    "processes": processes,
    "mixed": mixed,
    "echo": echo,
}


def lock():
    if sys.version_info < (3, 2):
        return "ticks"
    return "gil" if getattr(sys, "_is_gil_enabled", lambda: True)() else "free-threaded"


def hello():
    import platform

    named = {"threading": threading, "socket": socket, "os.fork": getattr(os, "fork", None)}
    return {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "build": sys.version.replace("\n", " "),
        "executable": os.path.realpath(sys.executable or ""),
        "lock": lock(),
        "check_interval": sys.getcheckinterval() if lock() == "ticks" else None,
        "missing": sorted(name for name, there in named.items() if there is None),
    }


def serve():
    # Whatever else is printed, by whomever, must not come between the answers.
    answers = os.dup(1)
    os.dup2(2, 1)

    def say(answer):
        os.write(answers, (PREFIX + json.dumps(answer) + "\n").encode("ascii"))

    first = hello()
    say(first)
    if first["missing"]:
        return
    # From its first thread on, an interpreter with ticks releases the lock in every loop; so it does in every sample.
    together([lambda _: None])
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        ask = json.loads(line)
        if hasattr(sys, "setswitchinterval"):
            sys.setswitchinterval((ask.get("interval_us") or 5000) / 1e6)
        try:
            before = cpu_clock()
            answer = ASKED[ask["do"]](ask)
            answer["cpu_ns"] = (cpu_clock() - before) * 1e9
            say(answer)
        except Exception as error:
            say({"error": "%s: %s" % (type(error).__name__, error)})


serve()
