//! Patterns of what else a run says in words: notes on the machine, findings of a selftest and of a validation, what
//! models and kernels are.

use super::Pair;

pub(super) const PATTERNS: &[Pair] = &[
    // Notes on the machine.
    (
        "Only one processor can be used here, so nothing can run in parallel: what a lock costs in cores cannot be seen on this machine.",
        "这里只能用一个处理器，什么也不能并行：在这台机器上看不出锁浪费了多少核。",
    ),
    (
        "A control group allows {0} of {1} processors; workers beyond that are paused in turn, which widens intervals and bends every speedup.",
        "控制组只允许 {1} 个处理器中的 {0} 个；超出的工作者轮流被暂停，这会加宽区间并扭曲每个加速比。",
    ),
    ("The control group was throttled for {0} s during the run.", "运行期间控制组被限流 {0} 秒。"),
    ("This process may use {0} of the machine's {1} processors.", "本进程可用机器 {1} 个处理器中的 {0} 个。"),
    (
        "Other programs used {0} % of the machine's CPU time just before the run; speedups come out too small.",
        "运行之前其他程序占用了机器 {0} % 的 CPU 时间；加速比会偏小。",
    ),
    (
        "That is more than repeating can mend, so nothing that was timed is decided.",
        "这已超出重复测量所能补救，所以对计时的东西不作结论。",
    ),
    (
        "The hypervisor gave {0} % of the CPU time to other machines during the run.",
        "运行期间虚拟机管理程序把 {0} % 的 CPU 时间给了别的机器。",
    ),
    ("The frequency governor is `{0}`: clocks change with load.", "频率调节器是 `{0}`：时钟随负载变化。"),
    (
        "Address space randomisation is off: every team sees the same memory layout, lucky or not.",
        "地址空间随机化已关闭：每组工作者都看到同样的内存布局，无论幸运与否。",
    ),
    (
        "Built with opt-level={0}, not for speed: use `cargo bench` or `cargo run --release`.",
        "以 opt-level={0} 构建，不求速度：请用 `cargo bench` 或 `cargo run --release`。",
    ),
    (
        "This is a virtual machine ({0}): wake-ups cost more, and other guests may show.",
        "这是虚拟机（{0}）：唤醒更贵，其他客户机可能有影响。",
    ),
    (
        "This is a virtual machine: wake-ups cost more, and other guests may show.",
        "这是虚拟机：唤醒更贵，其他客户机可能有影响。",
    ),
    (
        "This system does not count how long a worker waits for a processor (`/proc/…/schedstat`), so disturbed samples cannot be told from others.",
        "本系统不统计工作者等待处理器的时间（`/proc/…/schedstat`），因此无法分辨受干扰的样本。",
    ),
    // Why a run is partial.
    (
        "so many samples were disturbed that fewer than {0} undisturbed rounds are left of {1}.",
        "受干扰的样本太多，{1} 剩下的未受干扰的轮不足 {0} 个。",
    ),
    (
        "This machine is too slow or too busy for the profile: end what runs beside it, or give it more time with --budget",
        "这台机器对该配置来说太慢或太忙：请结束旁边运行的程序，或用 --budget 给更多时间",
    ),
    (
        "the time allowed was enough for {0} kept rounds; verdicts need {1}.",
        "所给的时间只够 {0} 个计入的轮；下结论需要 {1} 轮。",
    ),
    (
        "Give it more with --budget, or less to do with --kernel and --model",
        "用 --budget 给更多时间，或用 --kernel 与 --model 少做一些",
    ),
    (
        "interrupted after {0} kept rounds; what was measured until then is kept",
        "在 {0} 个计入的轮之后被中断；此前测到的都保留",
    ),
    // A selftest.
    (
        "The A/A arm is within its margin, so that comparisons here decide something.",
        "A/A 对照在容差之内，所以这里的比较能说明问题。",
    ),
    ("unqualified: {0} trials", "不合格：{0} 次试验"),
    (
        "Unchanged code is called changed in at most {0} % of cases ({1} trials).",
        "没有变化的代码被说成有变化，至多占 {0} %（{1}）。",
    ),
    (
        "A change of {0} % is found, for what it is, in at least {1} % of trials ({2}).",
        "{0} % 的变化至少在 {1} % 的试验中被如实找出（{2}）。",
    ),
    (
        "Intervals contain the true change as often as they say, to within {0} % ({1} trials).",
        "区间包含真实变化的频率与其所称相符，相差不超过 {0} %（{1}）。",
    ),
    (
        "Slower and faster are seen equally often, size by size ({0} trials).",
        "变慢与变快同样常被看出，逐个大小而言（{0}）。",
    ),
    (
        "The smallest detectable effect that is printed is what four trials of five find, within a factor of {0} ({1}, {2} rounds, drawn again).",
        "所打印的最小可检出效应，是五次试验中有四次能找出的，相差不超过 {0} 倍（{1}，{2} 轮，重新抽取）。",
    ),
    ("{0} % printed, {1} % found", "打印 {0} %，找到 {1} %"),
    ("nothing to compare", "没有可比较的"),
    ("at 99 %: {0}; at 95 %: {1}", "在 99 % 上：{0}；在 95 % 上：{1}"),
    ("{0}; at a margin of 0.5 %: {1}", "{0}；容差 0.5 % 时：{1}"),
    ("{0} of {1} ({2} %, 95 % interval {3} % to {4} %)", "{1} 次中 {0} 次（{2} %，95 % 区间 {3} % 至 {4} %）"),
    ("measured", "测得"),
    ("drawn again", "重新抽取"),
    // Real interpreters.
    (
        "At least 95 % of the cells are within 5 % or the interpreter's own spread.",
        "至少 95 % 的格在 5 % 或解释器自身的离散之内。",
    ),
    ("{0} of {1} cells, {2} of them within 5 %", "{1} 格中 {0} 格，其中 {2} 格在 5 % 之内"),
    (
        "{0} of {1} cells, {2} undecided; {3} too noisy to count",
        "{1} 格中 {0} 格，{2} 格未定；另有 {3} 格噪声过大，不计",
    ),
    ("every cell is too noisy to count", "所有格的噪声都过大，不计"),
    ("The median error is at most 5 %.", "误差中位数不超过 5 %。"),
    ("worst is {0}, {1} %", "最大的是 {0}，{1} %"),
    (
        "Hand-over rates and slices are within 3 % or the interpreter's own spread.",
        "交接的频率与时间片在 3 % 或解释器自身的离散之内。",
    ),
    (
        "Convoys beside 0 to 2 threads are within 10 % or the interpreter's own spread.",
        "与 0 至 2 个线程并存时的车队效应在 10 % 或解释器自身的离散之内。",
    ),
    (
        "Speedups under ticks are within 10 % or the interpreter's own spread.",
        "按计数切换时的加速比在 10 % 或解释器自身的离散之内。",
    ),
    (
        "Context switches under ticks are within 25 % or the interpreter's own spread.",
        "按计数切换时的上下文切换在 25 % 或解释器自身的离散之内。",
    ),
    (
        "not identifiable: a scaling law needs {0} different numbers of workers up to the {1} cores, and there are {2}",
        "无法辨识：扩展定律需要 {0} 个不同的、不超过 {1} 核的工作者数，而这里只有 {2} 个",
    ),
    ("not identifiable: no points", "无法辨识：没有点"),
    // Models.
    ("one thread in one process: the baseline", "一个进程中的一个线程：基线"),
    ("W threads in one process, no lock", "一个进程中的 W 个线程，无锁"),
    ("a rayon pool of W threads, stealing work from each other, no lock", "W 个线程的 rayon 池，互相窃取工作，无锁"),
    ("W worker processes of one thread each", "W 个单线程的工作进程"),
    ("p processes of t threads each, no lock", "p 个进程，每个 t 个线程，无锁"),
    ("W threads under one global lock, as in CPython 3.2 and later", "一把全局锁下的 W 个线程，如 CPython 3.2 及以后"),
    ("p processes of t threads each, one global lock in each process", "p 个进程，每个 t 个线程，每个进程一把全局锁"),
    (
        "W threads under the tick-based global lock of CPython 3.1 and earlier",
        "CPython 3.1 及以前按计数切换的全局锁下的 W 个线程",
    ),
    (
        "W threads, each under a lock of its own, as sub-interpreters have it since CPython 3.12",
        "W 个线程，各在自己的锁之下，如 CPython 3.12 起的子解释器",
    ),
    (
        "W threads, no lock, biased reference counts, as in CPython's free-threaded build",
        "W 个线程，无锁，偏向引用计数，如 CPython 的自由线程构建",
    ),
    // Kernels.
    ("decides by trial division whether a number is prime", "用试除法判断一个数是否为素数"),
    ("one pixel of the Mandelbrot set: floating point and branches", "Mandelbrot 集的一个像素：浮点与分支"),
    (
        "24 elements of a 96 by 96 matrix product, from a core's own cache",
        "96×96 矩阵乘积的 24 个元素，在核自己的缓存中",
    ),
    ("SHA-256 of 256 bytes, by a library", "用库计算 256 字节的 SHA-256"),
    ("sorts 64 numbers: unpredictable branches", "排序 64 个数：不可预测的分支"),
    (
        "interprets a small function with reference counts, like Python code",
        "解释一个带引用计数的小函数，如同 Python 代码",
    ),
    ("allocates blocks of many sizes and frees those of other workers", "分配多种大小的块，并释放别的工作者的块"),
    ("maps 16 KiB, touches every page and unmaps them", "映射 16 KiB，触及每一页，再解除映射"),
    ("opens and closes a file of the worker's own", "打开并关闭工作者自己的一个文件"),
    ("touches a page of memory for the first time", "首次触及一页内存"),
    ("streams through buffers larger than a core's caches", "流过比核的缓存更大的缓冲区"),
    ("sleeps 1 ms", "睡眠 1 毫秒"),
    ("sends 64 bytes over loopback and waits 1 ms for the answer", "经回环发送 64 字节，等 1 毫秒得到回答"),
    ("writes 4 KiB to a file and waits until they are on the disk", "向文件写 4 KiB，等到落盘"),
    ("asks a neighbour over a pipe and waits 0.5 ms for the answer", "经管道询问邻居，等 0.5 毫秒得到回答"),
    (
        "fetches pages over loopback (1 ms) and parses them; the number is the per cent of time spent parsing",
        "经回环取页面（1 毫秒）并解析；数字是解析所占时间的百分比",
    ),
    ("arithmetic in registers, the neutral control", "寄存器中的算术，中性对照"),
    // Scenes.
    ("talking", "通话"),
    ("{0} threads that only compute take turns.", "{0} 个只计算的线程轮流运行。"),
    (
        "Two threads that compute take turns: one slice each, a switch interval long.",
        "两个计算的线程轮流运行：每次一片，长一个切换间隔。",
    ),
    (
        "A thread that asks an echo and computes nothing waits a switch interval for every answer, because a thread that computes holds the lock whenever it comes back.",
        "一个只问回声、不计算的线程，每次回答都要等一个切换间隔，因为它回来时总有计算的线程持着锁。",
    ),
    ("the cause was not recorded", "原因没有记录"),
];

/// Names with a number.
pub(super) const NAMES: &[Pair] = &[("worker {0}", "工作者 {0}"), ("computing {0}", "计算 {0}")];
