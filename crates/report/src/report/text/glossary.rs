//! Words of the report.

/// Word, meaning, and both in Chinese.
pub(in crate::report) type Entry = (&'static str, &'static str, &'static str, &'static str);

/// The anchor of a word in the page.
pub(in crate::report) fn anchor(word: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    format!("term-{}", word.chars().map(plain).collect::<String>())
}

pub(in crate::report) const GLOSSARY: &[Entry] = &[
    (
        "global lock",
        "One lock that a thread must hold to do a step, as in an interpreter with a GIL; here it is simulated.",
        "全局锁",
        "线程每做一步都必须持有的一把锁，如带 GIL 的解释器；本项目中是模拟的。",
    ),
    (
        "kernel",
        "A workload. It is written once and runs under every model, with the same total work and checksum.",
        "内核（工作负载）",
        "一种工作负载。只写一次，在每种模型下运行，总工作量与校验和都相同。",
    ),
    (
        "bound",
        "What limits a kernel: the processor (CPU), input and output (IO), or both in turn (mixed).",
        "受限于",
        "限制工作负载的东西：处理器（CPU）、输入输出（IO），或两者交替（混合）。",
    ),
    (
        "step",
        "The smallest unit of a kernel's work; it returns a checksum.",
        "步",
        "工作负载的最小单位；每步返回一个校验和。",
    ),
    ("worker", "One thread or one process that does steps.", "工作者", "做步的一个线程或一个进程。"),
    (
        "model",
        "How workers are arranged: serial, threads, processes, both, and each under a global lock.",
        "模型",
        "工作者的安排方式：串行、线程、进程、两者结合，以及各自在全局锁之下。",
    ),
    (
        "case",
        "A kernel under a model with a number of workers. Hybrids are written processes×threads.",
        "用例",
        "某工作负载在某模型下、以某数量的工作者运行。混合模型写作 进程数×线程数。",
    ),
    ("sample", "One execution of a case by a fresh team of workers.", "样本", "由一组全新的工作者对用例的一次执行。"),
    (
        "round",
        "All cases of a group once, in a random balanced order. Cases are compared only inside rounds.",
        "轮",
        "一组中的所有用例各执行一次，顺序随机而均衡。用例只在同一轮之内互相比较。",
    ),
    (
        "interval",
        "The range that holds the true value in 95 of 100 such runs; from the order of the rounds, without assuming a shape.",
        "区间",
        "一百次这样的运行中有九十五次包含真值的范围；由各轮的次序统计量得出，不假设分布形状。",
    ),
    (
        "speedup",
        "Time of the serial case over time of this one, median over rounds.",
        "加速比",
        "串行用例的时间除以本用例的时间，取各轮的中位数。",
    ),
    ("efficiency", "Speedup divided by the processors that could be used.", "效率", "加速比除以可用的处理器数。"),
    (
        "hand-over",
        "The lock goes to another worker than its last holder.",
        "交接",
        "锁交给了与上一个持有者不同的工作者。",
    ),
    (
        "switch interval",
        "How long a waiter waits before it asks the holder to let go of the lock.",
        "切换间隔",
        "等待者在请求持有者放开锁之前等待的时间。",
    ),
    (
        "drop request",
        "A waiter asks the holder, after a whole switch interval, to let go of the lock.",
        "放锁请求",
        "等待者等满一个切换间隔后，请求持有者放开锁。",
    ),
    ("barging", "Taking the lock ahead of a worker that was waiting for it.", "插队", "抢在等待者之前拿到锁。"),
    (
        "convoy",
        "Workers that block often and need the lock briefly, held up behind one that keeps it.",
        "车队效应",
        "经常阻塞、只需短暂持锁的工作者，被一个长期持锁者堵在后面。",
    ),
    (
        "fairness",
        "Jain's index over the workers' rates: 1 when all get on equally, 1/n when one gets everything.",
        "公平性",
        "各工作者速率的 Jain 指数：人人相同为 1，一人独占为 1/n。",
    ),
    (
        "A/A arm",
        "The same case measured twice under two labels; any difference is the instrument's.",
        "A/A 对照",
        "同一用例以两个名字各测一次；任何差异都来自仪器本身。",
    ),
    (
        "neutral control",
        "Pure arithmetic on one thread, measured all along; it shows drift of the machine.",
        "中性对照",
        "单线程纯算术，全程测量；用来显示机器的漂移。",
    ),
    (
        "steal",
        "CPU time that the hypervisor gave to others while this machine wanted it.",
        "被窃时间",
        "本机需要 CPU 时被虚拟机管理程序给了别人的时间。",
    ),
    (
        "PSS",
        "Proportional set size: memory in which a page shared by n processes counts one n-th in each.",
        "PSS",
        "按比例计算的内存：被 n 个进程共享的页，在每个进程中只计 1/n。",
    ),
    (
        "bimodal",
        "Times that fall into two groups, usually two placements: on one core or on two.",
        "双峰",
        "时间分成两组，通常对应两种放置：在同一核上或在两个核上。",
    ),
];
