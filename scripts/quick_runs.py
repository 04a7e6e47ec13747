#!/usr/bin/env python3
"""Measures many quick runs and counts what they say: how long each takes, how many claims it decides, which claims are
decided differently by different runs, and how often the samples of each case were disturbed.

    scripts/quick_runs.py [--runs 20] [--neighbour] [--keep FOLDER] [--truth FILE] [--least 0.95] -- GILBENCH…

With --neighbour, another program uses a third of one processor meanwhile, in bursts of 50 ms on average. --keep saves
every run and the verdicts of all (verdicts.json), against which --truth holds those of other runs. The exit code is 1
if less than the share --least of the runs decides every claim, if runs contradict each other or the truth, or if the
cases of a kernel were disturbed unequally often (only without a neighbour, which does not meet all of them alike).
"""
import argparse
import collections
import json
import math
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

BURST_S, QUIET_S = 0.050, 0.100
# Error of the test for unequal rates, over all kernels together.
ALPHA = 0.01


def neighbour():
    """Computes in bursts of exponential length, with exponential pauses, until it is ended."""
    source = random.Random(5)
    while True:
        end = time.monotonic() + min(8 * BURST_S, source.expovariate(1 / BURST_S))
        while time.monotonic() < end:
            pass
        time.sleep(min(8 * QUIET_S, source.expovariate(1 / QUIET_S)))


def unequal(counts, trials=20_000):
    """Chance that (disturbed, watched) pairs with one common rate differ as much as these: permutation test on the
    chi-square statistic, which needs no table and holds for small counts."""
    disturbed, watched = sum(d for d, _ in counts), sum(w for _, w in counts)
    if disturbed == 0 or len(counts) < 2:
        return 1.0

    def statistic(pairs):
        return sum((d - w * disturbed / watched) ** 2 / (w * disturbed / watched) for d, w in pairs if w)

    labels = [index for index, (_, w) in enumerate(counts) for _ in range(w)]
    seen, source = statistic(counts), random.Random(1)
    as_far = 0
    for _ in range(trials):
        drawn = collections.Counter(source.sample(labels, disturbed))
        as_far += statistic([(drawn[index], w) for index, (_, w) in enumerate(counts)]) >= seen
    return (1 + as_far) / (1 + trials)


def one_run(command, folder):
    began = time.monotonic()
    code = subprocess.run([*command, "run", "--profile", "quick", "--out", folder], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode
    wall = time.monotonic() - began
    run = json.loads(pathlib.Path(folder, "latest.json").read_text())
    claims = subprocess.run([*command, "claims", f"{folder}/latest.json", "--json"], capture_output=True, text=True)
    return code, wall, run, json.loads(claims.stdout)["claims"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--neighbour", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("--truth")
    parser.add_argument("--least", type=float, default=0.95)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()

    walls, decided, complete, partial = [], [], 0, 0
    outcomes = collections.defaultdict(collections.Counter)
    rates = collections.defaultdict(lambda: [0, 0])
    beside = subprocess.Popen([sys.executable, __file__, "--be-neighbour"]) if arguments.neighbour else None
    try:
        for number in range(arguments.runs):
            with tempfile.TemporaryDirectory() as folder:
                code, wall, run, claims = one_run(arguments.command, folder)
            for claim in claims:
                outcomes[claim["id"]][claim["verdict"]] += 1
            count = sum(claim["verdict"] in ("supported", "refuted") for claim in claims)
            for case in run["cases"]:
                if case.get("limits"):
                    kept = [s for s in case["samples"] if s["round"] >= run["plan"]["discarded_rounds"]]
                    rates[case["id"]][0] += sum(s["disturbed"] for s in kept)
                    rates[case["id"]][1] += len(kept)
            walls.append(wall)
            decided.append(count)
            complete += count == len(claims)
            partial += run["partial"] is not None
            open_ = [claim["id"] for claim in claims if claim["verdict"] not in ("supported", "refuted")]
            print(f"run {number + 1}: exit {code}, {wall:.1f} s, {run['plan']['rounds']} rounds, {count} of {len(claims)} "
                  f"decided{', partial' if run['partial'] else ''} {' '.join(open_)}", flush=True)
            if arguments.keep:
                pathlib.Path(arguments.keep).mkdir(parents=True, exist_ok=True)
                pathlib.Path(arguments.keep, f"run-{number + 1}.json").write_text(json.dumps(run))
    finally:
        if beside:
            beside.kill()

    print(f"\nwall time: median {statistics.median(walls):.1f} s, longest {max(walls):.1f} s")
    print(f"all claims decided in {complete} of {arguments.runs} runs; {statistics.mean(decided):.1f} on average; "
          f"{partial} partial")
    wrong = [name for name, seen in outcomes.items() if seen["supported"] and seen["refuted"]]
    if arguments.truth:
        truth = json.loads(pathlib.Path(arguments.truth).read_text())
        wrong += [name for name, seen in outcomes.items() for word in ("supported", "refuted")
                  if seen[word] and {"supported", "refuted"} - {word} == {truth.get(name)}]
    if arguments.keep:
        usual = {name: seen.most_common(1)[0][0] for name, seen in outcomes.items()}
        pathlib.Path(arguments.keep, "verdicts.json").write_text(json.dumps(usual, indent=1))
    print("decided differently:", ", ".join(sorted(set(wrong))) or "none")
    for name, seen in outcomes.items():
        if set(seen) - {"supported", "refuted"} or len(seen) > 1:
            print(f"  {name}: {dict(seen)}")

    print("\ndisturbed samples:")
    kernels = collections.defaultdict(list)
    for name, (disturbed, watched) in rates.items():
        kernels[name.split("/")[0]].append((disturbed, watched))
        print(f"  {name}: {disturbed} of {watched} ({100 * disturbed / max(watched, 1):.1f} %)")
    differ = []
    for kernel, counts in kernels.items():
        chance = unequal(counts)
        if chance < ALPHA / len(kernels):
            differ.append(kernel)
        print(f"  {kernel}: p = {chance:.4f} that its cases are disturbed equally often")
    good = complete >= math.floor(arguments.least * arguments.runs) and not wrong
    return 0 if good and (arguments.neighbour or not differ) else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--be-neighbour"]:
        neighbour()
    sys.exit(main())
