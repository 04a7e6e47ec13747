//! What each panel shows, and how to read it.

use super::Pair;

/// A panel in words.
pub(in crate::report) struct About {
    pub(in crate::report) id: &'static str,
    /// What it shows, in a sentence.
    pub(in crate::report) shows: Pair,
    /// How to read it, in a sentence.
    pub(in crate::report) how: Pair,
    /// Claims that rest on what it shows; none: the rules of measuring.
    pub(in crate::report) claims: &'static [&'static str],
}

/// The panel with this id in words; a panel that has none writes its own.
pub(in crate::report) fn about(id: &str) -> Option<&'static About> {
    ABOUT.iter().find(|about| about.id == id)
}

pub(super) const TITLES: &[Pair] = &[
    ("The answer", "答案"),
    ("Verdicts", "结论"),
    ("Speedup", "加速比"),
    ("Every kernel under every model", "每个工作负载在每种模型下"),
    ("Speedup over workers", "加速比与工作者数"),
    ("Processes × threads", "进程 × 线程"),
    ("Where the time goes", "时间花在哪里"),
    ("CPU and memory per worker", "每个工作者的 CPU 与内存"),
    ("Start-up cost", "启动成本"),
    ("Creation", "创建"),
    ("The lock", "锁"),
    ("Timeline of the lock", "锁的时间线"),
    ("Convoy", "车队效应"),
    ("Switch interval", "切换间隔"),
    ("Reference counts", "引用计数"),
    ("Server latency", "服务器延迟"),
    ("Every round", "每一轮"),
    ("Second instrument", "第二台仪器"),
    ("Real interpreters", "真实的解释器"),
    ("Two runs beside each other", "两次运行并列"),
    ("What if", "如果……"),
    ("What failed and why", "失败与原因"),
    ("The machine", "机器"),
    ("How it was measured", "如何测量"),
    ("The ladder of costs", "开销的阶梯"),
    ("Where processes begin to pay", "进程从何处开始划算"),
    ("Queue depth", "队列深度"),
    ("History", "历史"),
    ("The instrument", "仪器"),
];

const ABOUT: &[About] = &[
    About {
        id: "answer",
        shows: (
            "What these numbers say about this machine, for each kind of work.",
            "这些数字对本机、对每一种工作说明了什么。",
        ),
        how: (
            "A figure such as 1.94× is the geometric mean over kernels of the [speedup], each at the model's best number of workers; in brackets its 95 % [interval]. Of models within 5 % of the fastest, the simplest is named.",
            "像 1.94× 这样的数字，是各工作负载[speedup|加速比]的几何平均，每个都取该模型最好的工作者数；方括号内是 95 % [interval|区间]。与最快者相差 5 % 以内的模型中，取最简单的一个。",
        ),
        claims: &["gil-serialises-cpu", "threads-suit-io", "hybrid-is-best"],
    },
    About {
        id: "verdicts",
        shows: (
            "Sentences that people say about threads, processes and locks, each put to the test by this run.",
            "人们关于线程、进程与锁所说的话，逐句由这次运行检验。",
        ),
        how: (
            "A claim is supported only if the whole [interval] lies on the claimed side of the bound, and refuted only if it lies wholly on the other. Open one for its rule and the figures it was judged by; the solid mark in a row is its bound.",
            "只有整个[interval|区间]都在所主张的一侧，才算支持；只有整个区间都在另一侧，才算反驳。展开可见规则与依据的数字；行中的实心竖线是界限。",
        ),
        claims: &[],
    },
    About {
        id: "table",
        shows: (
            "Every [kernel] under every [model], as [speedup] over serial or any other metric.",
            "每个[kernel|工作负载]在每种[model|模型]下相对串行的[speedup|加速比]，或其他指标。",
        ),
        how: (
            "Blue is better than serial, orange worse, and the number says how much; below it its 95 % [interval], or the number of rounds where they are too few for one. Hybrids show their fastest split. A cell that says [bimodal] has times in two groups: see [round|the rounds].",
            "蓝色胜过串行，橙色不如，数字说明多少；其下是 95 % [interval|区间]，轮数太少时给出轮数。混合模型取最快的拆分。写着[bimodal|双峰]的格子，时间分成两组：见[round|各轮]。",
        ),
        claims: &["gil-serialises-cpu", "processes-scale-cpu", "lock-not-threads"],
    },
    About {
        id: "scaling",
        shows: (
            "[speedup|Speedup] as [worker|workers] are added, one chart a [kernel].",
            "[worker|工作者]增加时的[speedup|加速比]，每个[kernel|工作负载]一张图。",
        ),
        how: (
            "Both axes double from line to line; the dashed diagonal is the ideal, W workers W times as fast. On the tinted ground there are more workers than processors. Faint lines lead from serial to the first point measured; ribbons and whiskers are 95 % intervals.",
            "两轴都逐格加倍；虚斜线是理想：W 个工作者快 W 倍。有底色处工作者多于处理器。淡线从串行连到第一个测点；色带与须线是 95 % 区间。",
        ),
        claims: &["processes-scale-cpu", "gil-serialises-cpu"],
    },
    About {
        id: "splits",
        shows: (
            "The same workers, split into processes and threads in every measured way.",
            "同样多的工作者，以测过的每种方式拆成进程与线程。",
        ),
        how: (
            "Processes down, threads across: the first row is all threads, the first column all processes; equal products lie on diagonals. The fastest split is framed.",
            "纵为进程，横为线程：第一行全是线程，第一列全是进程；乘积相同的在对角线上。最快的拆分加了框。",
        ),
        claims: &["hybrid-is-best", "one-lock-per-process"],
    },
    About {
        id: "parts",
        shows: (
            "What a sample's time is made of: starting workers, handing over the work, doing it, and ending them.",
            "一个样本的时间由什么组成：启动工作者、交付工作、做工作、结束工作者。",
        ),
        how: (
            "A bar is the whole, its parts in the order of time, and the numbers beside it say them; all bars of a kernel share one scale. Speedups elsewhere are of the work alone.",
            "一条是全部时间，各段按先后排列，旁边的数字逐一写明；同一工作负载的条共用一个刻度。别处的加速比只算工作本身。",
        ),
        claims: &["threads-start-cheaper"],
    },
    About {
        id: "resources",
        shows: (
            "What each model takes while it works: memory, CPU time, processors, context switches.",
            "每种模型工作时的花费：内存、CPU 时间、处理器、上下文切换。",
        ),
        how: (
            "Each model at its largest number of workers: the kernel in the middle, and behind it, faint, the range over kernels. Memory is [PSS].",
            "每种模型取最多的工作者：标记是居中的工作负载，其后淡色是各工作负载的范围。内存是 [PSS]。",
        ),
        claims: &["threads-suit-io"],
    },
    About {
        id: "start-up",
        shows: (
            "From nothing until a worker waits at the start gate, per worker.",
            "从无到工作者等在起跑门前的时间，按每个工作者计。",
        ),
        how: (
            "The mark is the case in the middle with its 95 % [interval]; faint behind it, the range over kernels and workers. The scale is logarithmic where times differ much.",
            "标记是居中的用例及其 95 % [interval|区间]；其后淡色是各工作负载与工作者数的范围。时间相差大时用对数刻度。",
        ),
        claims: &["threads-start-cheaper"],
    },
    About {
        id: "creation",
        shows: (
            "From asking for a thread or a process until it runs, and until it has ended, beside the memory that the asking process has resident.",
            "从请求一个线程或进程，到它运行、到它结束的时间，对照请求者驻留的内存。",
        ),
        how: (
            "Lower is better; a line that rises is a method that copies. Marks are medians over the rounds with their 95 % intervals, the scale is logarithmic.",
            "越低越好；上升的线是要复制的方法。标记是各轮中位数及其 95 % 区间，刻度为对数。",
        ),
        claims: &["threads-start-cheaper"],
    },
    About {
        id: "lock",
        shows: (
            "What the simulated [global lock] saw in every case that ran under it.",
            "在模拟的[global lock|全局锁]之下运行的每个用例里，锁看到了什么。",
        ),
        how: (
            "Waiting is the share of the workers' time spent waiting for the lock; a slice is how long one worker keeps it; [fairness] is 1 when all workers get on equally.",
            "等待是工作者花在等锁上的时间份额；时间片是一个工作者持锁多久；所有工作者进展相同时，[fairness|公平性]为 1。",
        ),
        claims: &["gil-serialises-cpu", "lock-is-a-mutex"],
    },
    About {
        id: "timeline",
        shows: (
            "Who held the lock when, one lane a worker, in short scenes that were recorded outside of all rounds.",
            "谁在何时持有锁，每个工作者一条泳道；这些短场景在各轮之外录制。",
        ),
        how: (
            "Time runs from left to right and the vertical lines are one [switch interval] apart; the height of a bar tells its state as its colour does. A hold shorter than a pixel is drawn a pixel wide.",
            "时间从左到右，竖线相隔一个[switch interval|切换间隔]；条的高度与颜色同样表示状态。短于一个像素的持锁画成一个像素宽。",
        ),
        claims: &["convoy", "lock-is-a-mutex"],
    },
    About {
        id: "convoy-beside",
        shows: (
            "What a thread that talks to the outside pays for threads that compute under the same lock: the [convoy].",
            "与外界通话的线程，为同一把锁下计算的线程付出什么：[convoy|车队效应]。",
        ),
        how: (
            "Marks are medians over the rounds with their 95 % intervals, scales are logarithmic. Filled are rounds in which most calls waited for more than half a [switch interval]; outlined are those in which most did not, because the thread was back before the one woken for the lock got to run.",
            "标记是各轮中位数及其 95 % 区间，刻度为对数。实心：该轮多数调用等了半个[switch interval|切换间隔]以上；空心：多数没有等，因为线程在被唤醒者运行之前就回来了。",
        ),
        claims: &["convoy"],
    },
    About {
        id: "interval",
        shows: (
            "What the [switch interval] trades: computing against the patience of a thread that talks.",
            "[switch interval|切换间隔]的取舍：计算，还是通话线程的耐心。",
        ),
        how: (
            "In the first two pictures follow one quantity over the interval; in the third each mark is an interval, and better is up and left.",
            "前两图看一个量随间隔的变化；第三图中每个标记是一个间隔，越靠左上越好。",
        ),
        claims: &["convoy"],
    },
    About {
        id: "reference-counts",
        shows: (
            "What is lost when threads count references without a lock, and what each way of not losing any costs.",
            "线程无锁计数引用时丢了什么，以及各种不丢的办法各要多少代价。",
        ),
        how: (
            "Lost are increments that no longer show in the count, which is how a living object gets freed; anything but 0 is a defect. The mark is what one increment takes a thread, waiting included.",
            "“丢失”是计数中不再体现的增加，活着的对象就是这样被释放的；非 0 即缺陷。标记是一个线程做一次增加所需的时间，含等待。",
        ),
        claims: &["lock-guards-refcounts"],
    },
    About {
        id: "server-latency",
        shows: (
            "What clients see of a server that answers in upper case, by the way it serves them.",
            "一个以大写回答的服务器，按服务方式，客户看到什么。",
        ),
        how: (
            "The mark is the median answer with its 95 % [interval]; the faint line leads to the 99th percentile. A latency counts from the moment at which a request was due, so that a server which stops answering cannot keep its clients from asking. Answers/s is the most that came when everybody asked again at once; unserved are those who had no answer at all when the first client left.",
            "标记是回答时间的中位数及其 95 % [interval|区间]；淡线通向第 99 百分位。延迟从请求预定的时刻算起，所以停止回答的服务器不能让客户停止提问。每秒回答数是人人立即再问时的最大值；“未服务”是第一个客户离开时还没得到任何回答的。",
        ),
        claims: &["threaded-server-is-concurrent"],
    },
    About {
        id: "rounds",
        shows: (
            "Every [round] of every [case] as a dot, so that what a median hides can be seen.",
            "每个[case|用例]的每一[round|轮]都是一个点，让中位数掩盖的东西可见。",
        ),
        how: (
            "Dots go from top to bottom and from light to dark in the order of time, so that drift is a slope; the stroke is the median. Empty dots are the rounds that count in no estimate, as decided beforehand; nothing else is left out. Times in two groups usually mean two placements, on one core or on two.",
            "点按时间从上到下、从浅到深，所以漂移表现为倾斜；竖线是中位数。空心点是事先决定不计入任何估计的轮；此外没有舍弃。时间分成两组，通常意味着两种放置：同一核或两个核。",
        ),
        claims: &[],
    },
    About {
        id: "second-instrument",
        shows: ("The same cases as another instrument saw them.", "另一台仪器看到的同样的用例。"),
        how: (
            "The two use different teams at different times, so that a ratio near 1 is what to expect, and not exactly 1.",
            "两者在不同时间用不同的工作者组，所以应当期望比值接近 1，而不是恰好 1。",
        ),
        claims: &[],
    },
    About {
        id: "interpreters",
        shows: (
            "The same work in real interpreters and in their stand-ins upon the simulated lock, in alternation.",
            "同样的工作，交替在真实解释器与模拟锁上的替身中进行。",
        ),
        how: (
            "A cell is equivalent if its error is at most 5 %, or no more than the interpreter is from itself in 95 % of rounds: the grey bar. Only the length of a loop and of a call was matched, on one worker alone.",
            "误差不超过 5 %，或不超过解释器在 95 % 的轮中与自身的差（灰条），即为等价。只在单个工作者上匹配了循环与调用的长度。",
        ),
        claims: &["interpreters-all-have-it"],
    },
    About {
        id: "beside",
        shows: (
            "Each case of this run against the same case of the base run.",
            "本次运行的每个用例与基准运行的同一用例相比。",
        ),
        how: (
            "The mark is head over base with its interval; left of the line is better. The band is the margin inside which two runs count as the same. The runs are not paired, so this is a look and not a verdict: `gilbench ab` gives one.",
            "标记是新运行比基准及其区间；线的左边更好。带状是视为相同的范围。两次运行没有配对，所以这里只看不判：`gilbench ab` 才下结论。",
        ),
        claims: &[],
    },
    About {
        id: "what-if",
        shows: (
            "Your own work instead of the kernels measured here, from the constants of this machine.",
            "用本机的常数，推算你自己的工作，而不是这里测过的。",
        ),
        how: (
            "Set a job's computing, its waiting, the bytes that must be passed for it, the workers and the cores; the bars say how many jobs a second each model would finish. More or fewer cores than were measured is extrapolated, and says so.",
            "设定一项工作的计算、等待、要传递的字节、工作者数与核数；条形给出每种模型每秒能完成多少。核数与实测不同即为外推，并会注明。",
        ),
        claims: &[],
    },
    About {
        id: "failures",
        shows: ("Every case that failed, with its cause.", "每个失败的用例及其原因。"),
        how: (
            "A failed case has no number anywhere on this page. The other cases went on.",
            "失败的用例在本页任何地方都没有数字。其他用例照常进行。",
        ),
        claims: &[],
    },
    About {
        id: "machine",
        shows: ("The machine, and the conditions while it was measured.", "机器，以及测量时的条件。"),
        how: (
            "What is “not available” could not be told from inside this machine; it is not zero.",
            "“不可得”是在本机内部看不到，并不是零。",
        ),
        claims: &[],
    },
    About {
        id: "method",
        shows: (
            "How it was measured, by which rules it is judged, and how to repeat it.",
            "如何测量、按什么规则判断、如何重复。",
        ),
        how: (
            "The command repeats the same plan with the same order of cases; the words of this page are explained below it.",
            "命令以同样的用例顺序重复同样的计划；本页的用词在其下解释。",
        ),
        claims: &[],
    },
    About {
        id: "ladder",
        shows: (
            "What threads and processes are made of, on one logarithmic scale, from a function call to the start of a process.",
            "线程和进程由什么构成，画在同一条对数刻度上：从一次函数调用到启动一个进程。",
        ),
        how: (
            "Each step to the right multiplies the time. A mark is the median over the rounds with its 95 % [interval], and its shape says whom it is about; rows of the same part tell what it matters how workers wait, and on how many cores.",
            "每向右一格，时间就翻若干倍。标记是各轮的中位数及其 95 % [interval|区间]，形状说明它属于谁；同一部分的各行说明等待方式和所用核心数有多大影响。",
        ),
        claims: &["switching-saves-state", "threads-start-cheaper", "process-is-resource-unit"],
    },
    About {
        id: "crossover",
        shows: (
            "Jobs handed over through a queue, each with a payload of so many bytes (down) and so much to compute (across): how many times as fast processes do them as threads.",
            "通过队列交出的任务，每个带有若干字节的数据（纵向）和若干计算量（横向）：进程完成它们比线程快多少倍。",
        ),
        how: (
            "Threads get a reference and read the payload where it is; processes get a copy. Above 1× processes are faster; right of the thick line they pay, left of it threads under a lock do, and the band is the line's 95 % [interval].",
            "线程得到引用，就地读取数据；进程得到一份拷贝。大于 1× 时进程更快；粗线右侧进程划算，左侧是持锁的线程划算，色带是这条线的 95 % [interval|区间]。",
        ),
        claims: &[],
    },
    About {
        id: "queue-depth",
        shows: (
            "A queue with a bound between one producer and one consumer, looked at again and again from the first item to the last.",
            "一个生产者与一个消费者之间的有界队列，从第一项到最后一项反复查看其深度。",
        ),
        how: (
            "A queue that stays empty has consumers that wait, one at its bound has producers that wait, and what goes through is what the slower side can do. Marks are medians over the rounds, each with its 95 % [interval].",
            "一直为空的队列，是消费者在等；一直满的队列，是生产者在等；吞吐由较慢的一方决定。标记是各轮的中位数及其 95 % [interval|区间]。",
        ),
        claims: &["supply-meets-demand"],
    },
    About {
        id: "history",
        shows: (
            "The time of every case over the runs in the history, and where its level changed.",
            "历史中各次运行里每个用例的时间，以及它的水平在何处改变。",
        ),
        how: (
            "The line is the median of neighbouring runs, the band reaches from the least to the greatest of them, and a rule stands where the level changed: ▲ for the worse, ▼ for the better.",
            "线是相邻各次运行的中位数，色带从其中最小到最大；水平改变之处立有竖线：▲ 变差，▼ 变好。",
        ),
        claims: &[],
    },
    About {
        id: "instrument",
        shows: (
            "Comparisons of one executable with itself, where one side did more steps of the same work on purpose.",
            "同一个可执行文件与它自己比较，其中一方有意多做了一些同样的工作。",
        ),
        how: (
            "How often is a change called that is none, how small a change is found, and do the intervals contain the truth?",
            "没有变化时有多常被说成有变化，多小的变化能被发现，区间是否包含真值？",
        ),
        claims: &[],
    },
];

#[cfg(test)]
pub(super) fn all() -> &'static [About] {
    ABOUT
}
