//! Patterns of what verdicts say in words: their rules and their reasons.
//!
//! Each must count its parts from 0, and is tried in the order in which it stands here.

use super::Pair;

pub(super) const PATTERNS: &[Pair] = &[
    (
        "Supported if {0}, in every comparison with its whole 95 % interval; refuted if in at least one of m comparisons the whole interval, at the level 1 − 0.05/m, lies on the other side.",
        "若每项比较的整个 95 % 区间都表明“{0}”，则支持；若 m 项比较中至少一项在水平 1 − 0.05/m 上整个区间位于另一侧，则反驳。",
    ),
    (
        "Supported if for every mixed kernel at least one of s splits into several processes of several threads is faster than all threads in one process, has more than 0.83 of the speed of all processes, and takes less memory and less start-up per worker than all processes, each with the whole interval at the level 1 − 0.05/s; refuted if for at least one of m kernels each of these splits misses at least one of the four, with the whole interval at the level 1 − 0.05/4m.",
        "若对每个混合工作负载，s 种“若干进程、每个若干线程”的拆分中至少有一种比单进程多线程更快、速度高于全用进程的 0.83、且每工作者的内存与启动都少于全用进程（均以水平 1 − 0.05/s 的整个区间为准），则支持；若对 m 个工作负载中的至少一个，每种这样的拆分都至少不满足四项之一（以水平 1 − 0.05/4m 的整个区间为准），则反驳。",
    ),
    // What is claimed of every comparison.
    ("the speedup of threads under the lock over one thread is below {0}", "锁下多线程相对单线程的加速比低于 {0}"),
    (
        "the speedup of {0} processes on {1} cores over one thread is above {2}",
        "{1} 个核上 {0} 个进程相对单线程的加速比高于 {2}",
    ),
    (
        "the time of {0} threads over that of {1} processes is within ±{2} % of 1 ({3} to {4})",
        "{0} 个线程与 {1} 个进程的时间之比在 1 的 ±{2} % 之内（{3} 至 {4}）",
    ),
    ("the time of {0} threads over that of {1} processes is above {2}", "{0} 个线程与 {1} 个进程的时间之比高于 {2}"),
    (
        "the throughput of threads over that of processes is above {0}, and their memory per worker, CPU time (starting included) and start-up per worker are below those of processes",
        "线程与进程的吞吐之比高于 {0}，且线程的每工作者内存、CPU 时间（含启动）与每工作者启动时间都低于进程",
    ),
    (
        "the time under the lock over the time without it is within ±{0} % of 1 ({1} to {2})",
        "有锁与无锁的时间之比在 1 的 ±{0} % 之内（{1} 至 {2}）",
    ),
    (
        "the processors in use (CPU time over time) are within ±{0} % (from 1/{1} to {2} times) of the number of processes, or of cores if there are fewer",
        "所用处理器数（CPU 时间除以时间）在进程数（核更少时为核数）的 ±{0} % 之内（1/{1} 至 {2} 倍）",
    ),
    (
        "plain counts of one object without a lock lose an update in at least one round, and under the lock, with atomic and with biased counts none is lost in any round",
        "无锁时对同一对象的普通计数至少在一轮中丢失更新，而在锁之下、用原子计数、用偏向计数时，任何一轮都不丢",
    ),
    (
        "no time of holding the lock overlaps another in any round that has some",
        "凡有持锁记录的轮中，没有两段持锁时间重叠",
    ),
    (
        "the speedup of {0} threads over one, without a lock or with a lock each, is below {1} for an interpreter",
        "解释器的 {0} 个线程（无锁或各有一把锁）相对一个线程的加速比低于 {1}",
    ),
    (
        "the median round trip to an echo that answers after 1 ms, beside one thread that computes, takes longer than alone by more than {0} and less than {1} switch intervals, which must not be about as long as the answer takes",
        "与一个计算线程并存时，到 1 毫秒后回答的回声的往返中位数，比独自时多出 {0} 个以上、{1} 个以下的切换间隔（间隔不得与回答所需的时间相近）",
    ),
    (
        "the speedup of two or more threads under the tick-based lock over one thread is below 1, and with all cores to use it is below that on one core",
        "在按计数切换的锁之下，两个或更多线程相对单线程的加速比低于 1，而且可用全部核时比只用一个核时更低",
    ),
    (
        "a process takes at least twice as long as a thread from being asked for to being joined",
        "从请求到回收，进程所需时间至少是线程的两倍",
    ),
    (
        "no value that a thread assigned is ever missing after it was joined, and no value that a process assigned is ever found by its parent",
        "线程赋的值在其回收后从不缺失，进程赋的值从不被其父进程看到",
    ),
    (
        "a thread never adds a descriptor, a process always does, and a process adds at least twice a thread's memory and page tables",
        "线程从不增加描述符，进程总会增加，而且进程增加的内存与页表至少是线程的两倍",
    ),
    (
        "the operating system says of no thread and of no process anything else",
        "操作系统对任何线程与进程都没有别的说法",
    ),
    ("no worker is ever joined before its last act", "没有工作者在做完最后一件事之前就被回收"),
    (
        "no daemon is ever heard after the end of its program, and every worker that is waited for is",
        "守护工作者在其程序结束后从不再出声，而被等待的工作者总会出声",
    ),
    (
        "no worker ever comes out of its turns with another state than it should have, and a hand-over between workers that sleep on one processor takes more than {0} times as long as a function call",
        "没有工作者在轮换之后状态出错，而且同一处理器上睡眠的工作者之间的一次交接，耗时超过一次函数调用的 {0} 倍",
    ),
    (
        "with the longest document that was tried, a key is drawn by processes that pass the document {0} times as late as by threads that share it, and they copy more than the document for a key, threads less",
        "对试过的最长文档，传递文档的进程把一次按键画出的时间是共享文档的线程的 {0} 倍以上，而且每次按键进程复制的多于整篇文档，线程则更少",
    ),
    (
        "no number ever comes out of a queue out of order, nor out of a stack in order",
        "从队列取出的数从不乱序，从栈取出的数从不按放入的顺序",
    ),
    (
        "no put into a full queue is ever over before something was taken from it",
        "向满队列的放入，从不在取走一项之前完成",
    ),
    (
        "no get from an empty queue is ever over before something was put into it",
        "从空队列的取出，从不在放入一项之前完成",
    ),
    ("no empty queue ever gives anything and no full one takes anything", "空队列从不给出东西，满队列从不收下东西"),
    (
        "alone, the word of a queue is never out of date when it is acted on, and with three workers it is at least once",
        "独自使用时，队列的回答在据以行动时从不过时；有三个工作者时，至少过时一次",
    ),
    ("no item is ever lost, and none is got twice", "没有一项丢失，也没有一项被取两次"),
    (
        "every number that is put for another process arrives there and comes back one larger",
        "放给另一个进程的每个数都到达那里，并且加一之后回来",
    ),
    (
        "nobody who joins a queue ever goes on before its last item was done, and nobody waits for ever",
        "对队列 join 的人，从不在最后一项完成之前继续，也从不永远等下去",
    ),
    ("exactly as many consumers end as there were markers", "结束的消费者恰好与结束标记一样多"),
    (
        "at least {0} of the slower side's rate goes through; with supply half of the demand the mean depth is below {1} of the queue, and with twice the demand above {2}",
        "吞吐至少是较慢一方速率的 {0}；供给为需求的一半时，平均深度低于队列的 {1}；为两倍时，高于 {2}",
    ),
    (
        "when the first of several clients leaves, no other client of a sequential server has ever had an answer, and no client is ever without one if each has a thread or a process of its own, or a thread of a pool",
        "几个客户中的第一个离开时，顺序服务器的其他客户从未得到回答；而每个客户各有线程、进程或池中线程时，没有一个客户得不到回答",
    ),
    // Reasons.
    (
        "{0} at {1} % lies wholly on the other side, as {2} of {3} comparisons do.",
        "{0}，在水平 {1} % 上完全位于另一侧；{3} 项比较中有 {2} 项如此。",
    ),
    ("{0} at {1} % lies wholly on the other side.", "{0}，在水平 {1} % 上完全位于另一侧。"),
    (
        "{0} lies wholly on the other side, as {1} of {2} comparisons do.",
        "{0}，完全位于另一侧；{2} 项比较中有 {1} 项如此。",
    ),
    ("{0} lies wholly on the other side.", "{0}，完全位于另一侧。"),
    (
        "{0} lies on the other side, but not at the {1} % that {2} comparisons ask.",
        "{0}，位于另一侧，但没有达到 {2} 项比较所要求的水平 {1} %。",
    ),
    ("{0} lies across the bound.", "{0}，跨在界限上。"),
    ("The smallest effect that this run could have seen there is {0}.", "本次运行在那里能看出的最小效应是 {0}。"),
    ("This run could not have seen an effect of any size there.", "本次运行在那里看不出任何大小的效应。"),
    ("Nothing was recorded there.", "那里什么也没有记录。"),
    ("All {0} comparisons hold; the worst is {1}.", "全部 {0} 项比较都成立；其中最差的是 {1}。"),
    ("{0} passes all four tests; the narrowest is {1}.", "{0} 通过全部四项；最接近界限的是 {1}。"),
    ("Even {0}, the best of several of both, fails: {1}.", "两者兼用中最好的 {0} 也不满足：{1}。"),
    ("{0} does not clearly pass or fail: {1}.", "{0} 是否满足不明：{1}。"),
    (
        "This needs a machine with at least 2 cores, and the run had only 1 to use.",
        "这需要至少有 2 个核的机器，而本次运行只有 1 个可用。",
    ),
    ("This needs {0}: run `{1}`.", "这需要{0}：运行 `{1}`。"),
    ("Nothing that was measured can be judged.", "测到的东西都不能判断。"),
    (
        "{0} has {1} rounds, and a verdict needs {2}: allow a larger `--budget`.",
        "{0} 只有 {1} 轮，而下结论需要 {2} 轮：请给更大的 `--budget`。",
    ),
    ("{0} was not recorded in any round.", "{0} 在任何一轮中都没有记录。"),
    ("{0}: that was {1} {2}, and a verdict needs {3}.", "{0}：共 {1} 次机会（{2}），而下结论需要 {3} 次。"),
    ("{0}: of how many {1} was not recorded, so nothing can be said.", "{0}：没有记录总共多少（{1}），所以无法判断。"),
    (
        "The machine was too busy: others took {0} % of its CPU time, which no repetition mends.",
        "机器太忙：别人占用了 {0} % 的 CPU 时间，重复测量也无法补救。",
    ),
    ("The instrument is unqualified: this run has no A/A arm.", "仪器不合格：本次运行没有 A/A 对照。"),
    ("The instrument is unqualified: this run has no A/A arm of {0}.", "仪器不合格：本次运行没有这类 A/A 对照：{0}。"),
    ("threads without a lock", "无锁的线程"),
    ("processes without a lock", "无锁的进程"),
    ("workers under a lock", "锁下的工作者"),
    (
        "The instrument is unqualified: the A/A arm {0} failed or has too few rounds.",
        "仪器不合格：A/A 对照 {0} 失败或轮数太少。",
    ),
    (
        "The instrument is unqualified: the A/A arm, {0} measured twice, differs from itself by {1}.",
        "仪器不合格：A/A 对照 {0} 测了两次，与自身之比为 {1}。",
    ),
    ("One case failed and does not count as measured: {0}.", "一个用例失败，不算测过：{0}。"),
    ("{0} cases failed and do not count as measured: {1}.", "{0} 个用例失败，不算测过：{1}。"),
    (
        "Too short to be judged, with samples planned for fewer than {0} switch intervals: {1}.",
        "太短而不能判断，样本计划不足 {0} 个切换间隔：{1}。",
    ),
    ("A probe failed and does not count as measured: {0}.", "一个探针失败，不算测过：{0}。"),
    // What is needed.
    ("a CPU-bound kernel under the global lock and serially", "一个 CPU 密集的工作负载，在全局锁之下并串行"),
    ("a CPU-bound kernel on processes and serially", "一个 CPU 密集的工作负载，用进程并串行"),
    ("a CPU-bound kernel on threads without a lock and on processes", "一个 CPU 密集的工作负载，用无锁线程并用进程"),
    (
        "an IO-bound kernel on threads and on processes, with more workers than cores",
        "一个 IO 密集的工作负载，用线程并用进程，工作者多于核",
    ),
    ("an IO-bound kernel on threads with and without the lock", "一个 IO 密集的工作负载，用有锁与无锁的线程"),
    (
        "a mixed kernel under every split of the same workers over processes and threads, one lock per process",
        "一个混合的工作负载，同样多的工作者以各种方式拆成进程与线程，每进程一把锁",
    ),
    ("a CPU-bound kernel on several processes with one lock each", "一个 CPU 密集的工作负载，用各有一把锁的若干进程"),
    (
        "a kernel that changes its address space, on threads without a lock and on processes",
        "一个改动地址空间的工作负载，用无锁线程并用进程",
    ),
    ("reference counts of one object kept by several threads in each way", "若干线程以各种方式对同一对象的引用计数"),
    ("a record of who held the lock when", "谁在何时持锁的记录"),
    (
        "an interpreter serially, on threads without a lock and on threads with a lock each",
        "一个解释器，串行、用无锁线程并用各有一把锁的线程",
    ),
    ("round trips to an echo, alone and beside a thread that computes", "到回声的往返，独自以及与一个计算线程并存"),
    (
        "two threads under the tick-based lock, on all cores and on one",
        "按计数切换的锁下的两个线程，用全部核以及一个核",
    ),
    ("an interpreter under the tick-based lock and serially", "一个解释器，在按计数切换的锁之下并串行"),
    ("threads and processes started and joined", "启动并回收的线程与进程"),
    ("a variable that threads and processes assign to", "一个由线程与进程赋值的变量"),
    ("the memory and the descriptors of idle threads and processes", "空闲线程与进程的内存和描述符"),
    ("ids and names of threads and processes", "线程与进程的编号和名字"),
    ("workers that are joined, by the clock", "按时钟回收的工作者"),
    ("programs that end with workers of both kinds", "带着两种工作者结束的程序"),
    ("hand-overs between threads and between processes", "线程之间与进程之间的交接"),
    ("the time of a function call", "一次函数调用的时间"),
    ("keys typed in an editor of three threads and of three processes", "在三个线程与三个进程的编辑器中的按键"),
    ("queues and stacks of numbers", "数的队列与栈"),
    ("a sixth item for a queue of five", "给五项队列的第六项"),
    ("a get from an empty queue", "从空队列的取出"),
    ("gets and puts that do not wait", "不等待的取出与放入"),
    ("decisions on the word of a queue, by one worker and by three", "一个与三个工作者依据队列回答所作的决定"),
    ("numbered items of two producers for two consumers", "两个生产者给两个消费者的编号项"),
    ("numbers for a child from its parent and from its sibling", "父进程与兄弟进程给子进程的数"),
    ("two cooks, two eaters and somebody who joins their queue", "两个厨师、两个食客和一个对其队列 join 的人"),
    ("three consumers with three end markers, and with two", "三个消费者，结束标记三个以及两个"),
    (
        "a queue whose producers or consumers are twice as fast as the others",
        "一个队列，其生产者或消费者比另一方快一倍",
    ),
    ("clients of a server that serves them in each way", "以各种方式服务的服务器的客户"),
    // What is missing although every need is met.
    ("Nothing was counted: {0}.", "什么也没有计数：{0}。"),
    (
        "The echo that answers after 1 ms was not heard both alone and beside one thread that computes.",
        "没有既独自又在一个计算线程旁听到 1 毫秒后回答的回声。",
    ),
    ("No case under the lock had two or more threads: run `{0}`.", "锁下没有用例有两个或更多线程：运行 `{0}`。"),
    (
        "For no number of workers were one process, one thread a process, and several of both all measured: run `{0}`.",
        "没有哪个工作者数同时测过单进程、每进程单线程以及两者兼用：运行 `{0}`。",
    ),
    ("No case had as many threads as cores: run `{0}`.", "没有用例的线程数等于核数：运行 `{0}`。"),
    (
        "Neither an interpreter with two or more threads nor the probe's loop was measured.",
        "既没有测两个或更多线程的解释器，也没有测探针的循环。",
    ),
    ("No way of counting was read.", "没有读到任何计数方式。"),
    ("Nobody held the lock in any round.", "任何一轮中都没有人持锁。"),
    (
        "Threads and processes, as many as cores, were not both measured: run `{0}`.",
        "没有同时测过与核数一样多的线程与进程：运行 `{0}`。",
    ),
    (
        "Threads and processes, as many as cores, were not both measured on a kernel that changes its address space: run `{0}`.",
        "没有在改动地址空间的工作负载上同时测过与核数一样多的线程与进程：运行 `{0}`。",
    ),
    (
        "Both were not measured with the same number of threads, two or more: run `{0}`.",
        "两者没有以同样多（两个以上）的线程测过：运行 `{0}`。",
    ),
    (
        "No kernel ran on two or more processes with one lock each: run `{0}`.",
        "没有工作负载在各有一把锁的两个或更多进程上运行：运行 `{0}`。",
    ),
    ("No idle worker was weighed.", "没有称量空闲的工作者。"),
    ("No case had as many processes as cores: run `{0}`.", "没有用例的进程数等于核数：运行 `{0}`。"),
    ("No ids were asked for.", "没有询问编号。"),
    ("Threads and processes did not edit documents of the same length.", "线程与进程没有编辑同样长的文档。"),
    ("Nothing went through a queue.", "没有东西通过队列。"),
    (
        "Hand-overs on one processor and a function call were not both timed.",
        "没有同时计时同一处理器上的交接与函数调用。",
    ),
    ("No server had more than one client.", "没有服务器有一个以上的客户。"),
    (
        "Threads and processes were not both measured with more workers than cores: run `{0}`.",
        "没有以多于核数的工作者同时测过线程与进程：运行 `{0}`。",
    ),
];
