//! The statements of the claims.

use super::Pair;

pub(super) const STATEMENTS: &[Pair] = &[
    (
        "Under a global lock, threads do CPU-bound work no faster than one thread alone.",
        "在全局锁之下，多个线程做 CPU 密集的工作不比一个线程快。",
    ),
    ("For CPU-bound work, processes use every core.", "对 CPU 密集的工作，多进程能用上每个核。"),
    (
        "It is the lock that costs the cores: threads without it are as fast as processes.",
        "浪费了核的是锁：没有锁的线程与进程一样快。",
    ),
    (
        "For work that mostly waits, threads do as well as processes and use less.",
        "对大多在等待的工作，线程做得与进程一样好，而用得更少。",
    ),
    (
        "A thread that waits for IO lets go of the lock, so IO-bound threads do not slow each other down.",
        "等待 IO 的线程会放开锁，所以 IO 密集的线程不会互相拖慢。",
    ),
    (
        "For work that computes and waits, processes with threads inside are the most efficient: fast, and lean.",
        "对又算又等的工作，进程之内再用线程效率最高：既快又省。",
    ),
    (
        "Each process has a lock of its own, so p processes keep p cores busy.",
        "每个进程有自己的锁，所以 p 个进程能让 p 个核忙起来。",
    ),
    (
        "Threads that change their common address space slow each other down even without a lock; processes do not.",
        "改动共同地址空间的线程，即使没有锁也会互相拖慢；进程则不会。",
    ),
    (
        "Without the lock, threads corrupt each other's reference counts, unless counting itself is made safe.",
        "没有锁，线程会破坏彼此的引用计数，除非计数本身是安全的。",
    ),
    ("The global lock admits one thread at a time.", "全局锁每次只放行一个线程。"),
    (
        "No interpreted language can use several cores from the threads of one process.",
        "任何解释型语言都不能用一个进程的多个线程来使用多个核。",
    ),
    (
        "Under the lock, a thread that does IO beside one that computes waits about a switch interval for every call.",
        "在锁之下，做 IO 的线程若与一个计算的线程并存，每次调用大约要等一个切换间隔。",
    ),
    (
        "Under CPython's old tick-based lock, threads that compute are slower than one thread, most of all on several cores.",
        "在 CPython 旧的按计数切换的锁之下，计算的多线程比单线程更慢，在多核上尤甚。",
    ),
    (
        "A thread is far cheaper to create than a process, by whatever method.",
        "无论用哪种方法，创建线程都比创建进程便宜得多。",
    ),
    (
        "What a thread assigns, the others see; what a process assigns, no other process sees.",
        "线程的赋值，其他线程看得见；进程的赋值，其他进程看不见。",
    ),
    (
        "Threads of a process have its id and names of their own, and are counted together with the first.",
        "同一进程的线程有相同的进程号、各自的名字，并与主线程一起计数。",
    ),
    ("Join returns only after the worker has ended.", "join 只在工作者结束之后返回。"),
    (
        "A daemon ends when its program does, and a worker that is waited for comes to its end.",
        "守护工作者随程序结束，被等待的工作者则会做完。",
    ),
    ("A queue gives back first what was put first, and a stack what was put last.", "队列先进先出，栈后进先出。"),
    ("Putting into a full queue waits until there is room.", "向满的队列放入会等到有空位。"),
    ("Getting from an empty queue waits until there is something.", "从空的队列取出会等到有东西。"),
    (
        "Without waiting, getting from an empty queue fails at once, and so does putting into a full one.",
        "不等待时，从空队列取出会立即失败，向满队列放入也是。",
    ),
    (
        "Whether a queue is full or empty cannot be relied on while others use it.",
        "别人也在用队列时，“满”与“空”的回答靠不住。",
    ),
    (
        "Each item of a queue is delivered to exactly one consumer, and none is lost.",
        "队列中的每一项恰好交给一个消费者，一项不丢。",
    ),
    (
        "What one process passes to another has to be carried, and a queue carries it: to a child and between children.",
        "进程之间的数据必须有东西来传递，队列可以：传给子进程，也在子进程之间传。",
    ),
    (
        "Who joins a queue goes on when every item was done, and not before.",
        "对队列 join 的人，在每一项都完成之后才继续，绝不更早。",
    ),
    (
        "With end markers there must be one for each consumer: with one too few, exactly one is left waiting.",
        "用结束标记时，每个消费者都要有一个：少一个，就恰好有一个消费者一直等下去。",
    ),
    (
        "The slower of producers and consumers decides what goes through, and the depth of the queue shows which.",
        "生产者与消费者中较慢的一方决定吞吐，队列深度显示是哪一方。",
    ),
    (
        "With a thread for each client a server serves many at once; a loop without threads serves one at a time.",
        "每个客户一个线程，服务器可同时服务许多客户；没有线程的循环一次只服务一个。",
    ),
    (
        "Memory and descriptors belong to a process; a thread adds hardly more than its stack.",
        "内存和文件描述符属于进程；一个线程几乎只多出它的栈。",
    ),
    (
        "Switching from one worker to another keeps the state of both, and costs over a hundred function calls.",
        "从一个工作者切换到另一个，会保存双方的状态，代价超过一百次函数调用。",
    ),
    (
        "An editor that reads, draws and saves at once is faster with threads than with processes.",
        "同时读取输入、绘制和保存的编辑器，用线程比用进程快。",
    ),
];
